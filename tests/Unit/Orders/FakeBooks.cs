using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using NexusCart.Orders.Actors;
using NexusCart.Orders.Api;
using NexusCart.Orders.Errands;
using NexusCart.Platform.Security;
using NexusCart.Users.V1;
using UsersClient = NexusCart.Users.V1.Users.UsersClient;

namespace NexusCart.Tests.Unit.Orders;

/// <summary>The books beside the orders, in memory.</summary>
internal sealed class FakeBooks : IOrderBooks
{
    private readonly ConcurrentDictionary<string, List<string>> _claimed = new();
    private readonly ConcurrentDictionary<string, string> _homes = new();
    private readonly ConcurrentDictionary<string, bool> _erased = new();
    private readonly ConcurrentDictionary<string, bool> _cells = new();
    private readonly Dictionary<string, Dictionary<string, SeriesNumber>> _series = [];
    private readonly List<AuditRecord> _log = [];
    private readonly SortedSet<string> _tasks = new(StringComparer.Ordinal);

    /// <summary>"action subject", oldest first.</summary>
    public IEnumerable<string> Actions => _log.Select(record => $"{record.Action} {record.Subject}".TrimEnd());

    public IReadOnlyList<AuditRecord> Log => _log;

    public IReadOnlyCollection<string> Waiting => _tasks;

    /// <summary>Erased customers, and whether their orders were looked through again.</summary>
    public IReadOnlyDictionary<string, bool> Erased => _erased;

    public Task AuditAsync(AuditRecord record, CancellationToken cancellationToken)
    {
        lock (_log)
        {
            if (!_log.Any(known => known.Id == record.Id))
                _log.Add(record);
        }

        return Task.CompletedTask;
    }

    public Task<AuditPage> ReadAuditAsync(AuditPageRequest request, CancellationToken cancellationToken)
    {
        lock (_log)
        {
            var end = request.End is > 0 && request.End < _log.Count ? request.End : _log.Count;
            var page = _log.Take(end).Reverse().Take(request.Limit).ToList();
            return Task.FromResult(new AuditPage(page, end - page.Count));
        }
    }

    public Task NoteTaskAsync(TaskNote note, CancellationToken cancellationToken)
    {
        lock (_tasks)
        {
            if (note.Waits)
                _tasks.Add(note.OrderId);
            else
                _tasks.Remove(note.OrderId);
        }

        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<string>> ReadTasksAsync(CancellationToken cancellationToken)
    {
        lock (_tasks)
            return Task.FromResult<IReadOnlyList<string>>([.. _tasks]);
    }

    public Task<bool> NoteClaimAsync(ClaimNote note, CancellationToken cancellationToken)
    {
        _claimed.GetOrAdd(note.CustomerId, _ => []).Add(note.OrderId);
        return Task.FromResult(_erased.ContainsKey(note.CustomerId));
    }

    public Task BeginErasureAsync(string customerId, CancellationToken cancellationToken)
    {
        _erased.TryAdd(customerId, false);
        return Task.CompletedTask;
    }

    public Task EndErasureAsync(string customerId, CancellationToken cancellationToken)
    {
        _erased[customerId] = true;
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<string>> ReadClaimedAsync(string customerId, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>(_claimed.TryGetValue(customerId, out var orders) ? orders : []);

    public Task<string> HomeAsync(string customerId, string wanted, CancellationToken cancellationToken) =>
        Task.FromResult(_homes.GetOrAdd(customerId, wanted));

    public Task<IReadOnlyList<string>> ReadCellsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<string>>([.. _cells.Keys]);

    public Task OpenCellAsync(string cell, CancellationToken cancellationToken)
    {
        _cells.TryAdd(cell, true);
        return Task.CompletedTask;
    }

    public Task<SeriesNumber> NumberAsync(string series, SeriesRequest request, CancellationToken cancellationToken)
    {
        lock (_series)
        {
            if (!_series.TryGetValue(series, out var numbers))
                _series[series] = numbers = [];
            if (!numbers.TryGetValue(request.DocumentKey, out var known))
                numbers[request.DocumentKey] = known = new SeriesNumber(numbers.Count + 1, request.Now);
            return Task.FromResult(known);
        }
    }
}

/// <summary>Accounts: everybody's verified address is his name at example.org.</summary>
internal sealed class FakeUsers : UsersClient
{
    public bool IsVerified { get; set; } = true;

    public string Email { get; set; } = "ann@example.org";

    public override AsyncUnaryCall<Profile> GetProfileAsync(GetProfileRequest request, CallOptions options) =>
        FakeCalls.Answer(Task.FromResult(new Profile { Email = Email, EmailVerified = IsVerified }));
}

internal static class AfterSalesServices
{
    /// <summary>What the public API needs besides the checkout.</summary>
    public static IServiceCollection AddAfterSales(this IServiceCollection services, OrdersBench bench, FakeUsers? users = null) => services
        .AddSingleton<IOrderBooks>(bench.Books)
        .AddSingleton(bench.Lists)
        .AddSingleton(bench.Papers)
        .AddSingleton(bench.Opener)
        .AddSingleton(provider => new OrderClaims(bench.Store, users ?? new FakeUsers(), provider.GetRequiredService<ISecrets>(), bench.Clock));
}
