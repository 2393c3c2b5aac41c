using Dapr.Client;
using Microsoft.Extensions.Options;
using NexusCart.Orders.Actors;
using NexusCart.Orders.Domain;
using NexusCart.Platform;
using NexusCart.Workflows.Checkout;

namespace NexusCart.Orders.Checkout;

/// <summary>
/// Looks for orders whose saga ended without bringing them to an end: it was terminated by hand, or a faulty deployment broke
/// it. A crash is none of this; the engine resumes from those by itself. Each order is looked at once it is old enough, in the
/// order of creation; a cursor per shard remembers how far that went, and which older ones are still under way.
/// </summary>
public sealed partial class OrderSweeper(
    OrderStore orders,
    OrderRepair repair,
    DaprClient dapr,
    IOptions<OrdersOptions> options,
    TimeProvider clock,
    ILogger<OrderSweeper> logger,
    IConfiguration? configuration = null) : BackgroundService
{
    private readonly string _store = configuration is null ? Components.StateStore : Components.StateStoreOf(configuration);
    private static readonly TimeSpan SweepDeadline = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.SweepInterval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            for (var shard = 0; shard < orders.ShardCount; shard++)
                await SweepPatientlyAsync(shard, stoppingToken);
        }
    }

    /// <summary>Looks through one shard.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task SweepAsync(int shard, CancellationToken cancellationToken)
    {
        var key = $"sweep-{options.Value.Cell}-{shard:x2}";
        var before = await dapr.GetStateAsync<SweepCursor?>(_store, key, cancellationToken: cancellationToken)
            ?? SweepCursor.Start;
        var late = await StillOpenAsync(before.Late, cancellationToken);
        var after = await WalkAsync(shard, before.Page, late, cancellationToken);
        if (!after.Equals(before))
            await dapr.SaveStateAsync(_store, key, after, cancellationToken: cancellationToken);
    }

    private async Task SweepPatientlyAsync(int shard, CancellationToken cancellationToken)
    {
        try
        {
            using var limit = new CancellationTokenSource(SweepDeadline, clock);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            await SweepAsync(shard, both.Token);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            LogPostponed(logger, failure, shard);
        }
    }

    private async Task<List<string>> StillOpenAsync(IReadOnlyList<string> late, CancellationToken cancellationToken)
    {
        var open = new List<string>();
        foreach (var orderId in late)
        {
            if (await orders.ReadAsync(orderId, cancellationToken) is { IsAtEnd: false } order && !await repair.TryAsync(order, cancellationToken))
                open.Add(orderId);
        }

        return open;
    }

    // A page is left behind when it is full and all of it is old enough; until then it is looked at again each time.
    private async Task<SweepCursor> WalkAsync(int shard, string token, List<string> late, CancellationToken cancellationToken)
    {
        var oldEnough = clock.GetUtcNow() - options.Value.SweepAge;
        while (true)
        {
            var page = await orders.ReadPageAsync(orders.OwnCell, shard, token, cancellationToken);
            var due = page.Entities.Where(order => order.CreatedAt <= oldEnough).ToList();
            var leaves = page.NextToken.Length > 0 && due.Count == page.Entities.Count;
            foreach (var order in due.Where(order => !order.IsAtEnd && !late.Contains(order.OrderId)))
            {
                if (!await repair.TryAsync(order, cancellationToken) && leaves)
                    late.Add(order.OrderId);
            }

            if (!leaves)
                return new SweepCursor(token, late);
            token = page.NextToken;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Shard {Shard} will be swept later")]
    private static partial void LogPostponed(ILogger logger, Exception failure, int shard);
}

/// <summary>How far a shard was swept.</summary>
/// <param name="Page">The page to go on with; empty for the first.</param>
/// <param name="Late">Orders of earlier pages that were still open.</param>
public sealed record SweepCursor(string Page, IReadOnlyList<string> Late)
{
    /// <summary>Before the first sweep.</summary>
    public static readonly SweepCursor Start = new(string.Empty, []);

    /// <inheritdoc/>
    public bool Equals(SweepCursor? other) => other is not null && Page == other.Page && Late.SequenceEqual(other.Late);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Page, Late.Count);
}
