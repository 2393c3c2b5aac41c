using Dapr.Actors.Runtime;
using Grpc.Core;
using NexusCart.Platform.Actors;
using NexusCart.Promotions.Domain.FlashSales;
using NexusCart.Promotions.Events;

namespace NexusCart.Promotions.Actors;

/// <summary>
/// The one writer of a sale. A turn gives back what expired, moves the sale to where the clock says it is, lets the <see cref="ClaimBook"/>
/// decide over its batch and writes head, touched chunks and the pending event in one state transaction, before anybody is answered. One
/// reminder wakes it at the next start, end or expiry, and until stock has done what the sale wants of it.
/// </summary>
public sealed class FlashSaleActor : Actor, IFlashSaleActor, IRemindable
{
    private const string ClockReminder = "clock";
    private const string PublishReminder = "publish-pending";
    private const int ExpiriesPerTurn = 4 * ClaimBook.ChunkSize;
    private const int ClaimsPerPage = 8 * ClaimBook.ChunkSize;
    private const int ClaimantsPerPage = 64 * ClaimBook.ChunkSize;
    private const int PendingEvents = 100;

    /// <summary>Repeats a tick that could not be handled, and what stock did not answer.</summary>
    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromSeconds(10);

    private readonly FlashSaleOptions _options;
    private readonly IPendingEventPublisher _publisher;
    private readonly IStockFence _stock;
    private readonly TimeProvider _time;
    private readonly Lazy<(FlashSaleBooks Books, ActorOutbox Outbox)> _lazy;
    private DateTimeOffset? _armedFor;
    private bool _loaded;

    /// <summary>Creates the sale's actor; the actor runtime does.</summary>
    public FlashSaleActor(ActorHost host, FlashSaleOptions options, IPendingEventPublisher publisher, IStockFence stock, TimeProvider time)
        : base(host)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_options, _publisher, _stock, _time) = (options, publisher, stock, time);
        // Lazy: tests put their own state manager in place after construction.
        _lazy = new(() => (new FlashSaleBooks(StateManager), OpenOutbox()));
    }

    private FlashSaleBooks Books => _lazy.Value.Books;

    private ActorOutbox Outbox => _lazy.Value.Outbox;

    /// <inheritdoc/>
    public Task<FlashSaleReply[]> ExecuteAsync(FlashSaleCommand[] batch) => GuardAsync<FlashSaleReply[]>(async deadline =>
    {
        ArgumentNullException.ThrowIfNull(batch);
        var now = _time.GetUtcNow();
        Books.Claims.Expire(now, ExpiriesPerTurn);
        Advance(now);
        var replies = Array.ConvertAll(batch, command => Apply(command, now));
        Advance(now);
        await SaveAsync(now, deadline);
        await SettleWithStockAsync(now, deadline);

        return [.. replies.Zip(batch, Complete)];
    });

    /// <inheritdoc/>
    public Task<ClaimPage> ReadClaimsAsync(ClaimPageRequest request) => GuardAsync(_ =>
    {
        var page = Numbers(request.From, ClaimsPerPage).Select(number => Books.Claims.Find(number)!).ToList();
        return Task.FromResult(new ClaimPage(page, Books.Claims.Length, Books.View));
    });

    /// <inheritdoc/>
    public Task<ClaimantsPage> ReadClaimantsAsync(ClaimantsRequest request) => GuardAsync(_ =>
    {
        var hashes = Numbers(request.From, ClaimantsPerPage).Select(number => StableHash.Of(Books.Claims.Find(number)!.Customer)).ToList();
        var next = request.From + hashes.Count;
        return Task.FromResult(new ClaimantsPage(hashes, next, next >= Books.Claims.Length));
    });

    /// <summary>Time has come for something, or the publishing of events is repaired.</summary>
    public async Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period)
    {
        if (reminderName == ClockReminder)
        {
            _armedFor = null;
            await ExecuteAsync([]);
            if (NextWork(_time.GetUtcNow()) is null)
                await UnregisterReminderAsync(ClockReminder);
            return;
        }

        await GuardAsync(async deadline =>
        {
            await Outbox.RepairAsync(deadline);
            await StateManager.SaveStateAsync(deadline);
            Outbox.Saved();
            return true;
        });
    }

    /// <summary>Completes when no event is being published; for tests and shutdown.</summary>
    public Task WhenPublishedAsync() => Outbox.WhenIdleAsync();

    /// <inheritdoc/>
    protected override async Task OnDeactivateAsync() => await Outbox.DisposeAsync();

    private IEnumerable<int> Numbers(int from, int most) =>
        from < 0 || from >= Books.Claims.Length ? [] : Enumerable.Range(from, Math.Min(most, Books.Claims.Length - from));

    /// <summary>Every answer tells how the sale stands after the turn; the whole of it where it was asked about the sale.</summary>
    private FlashSaleReply Complete(FlashSaleReply reply, FlashSaleCommand command) => Books.View is not { } view ? reply : reply with
    {
        Version = view.Version,
        Left = view.Left,
        Sale = command is DraftSale or ScheduleSale or EndSale or ReadSale ? view : null,
    };

    private void Advance(DateTimeOffset now) =>
        Books.Sale = Books.Sale?.Advance(now, Books.Claims.Paid == Books.Sale.Terms.Units);

    private FlashSaleReply Apply(FlashSaleCommand command, DateTimeOffset now)
    {
        if (command is DraftSale draft)
            return new FlashSaleReply(Draft(draft.Terms));
        if (Books.Sale is not { } sale)
            return new FlashSaleReply(ClaimVerdict.Unknown);
        switch (command)
        {
            case OpenClaim open:
                return Open(sale, open, now);
            case HandOverClaim hand:
                return About(hand.Number, Books.Claims.HandOver(hand.Number, hand.Order, hand.Customer));
            case GiveUpClaim giveUp:
                return About(giveUp.Number, Books.Claims.GiveUp(giveUp.Number, giveUp.Customer));
            case ReadClaim read:
                return About(read.Number, Books.Claims.Find(read.Number)?.Customer == read.Customer ? ClaimVerdict.Done : ClaimVerdict.Unknown);
            case SettleClaim { Paid: true } settle:
                Books.Claims.Pay(settle.Number, settle.Order);
                return new FlashSaleReply(ClaimVerdict.Done);
            case SettleClaim settle:
                Books.Claims.Fail(settle.Number, settle.Order);
                return new FlashSaleReply(ClaimVerdict.Done);
            case ScheduleSale:
                Books.Sale = sale.Schedule();
                return new FlashSaleReply(sale.Status is FlashSaleStatus.Ended ? ClaimVerdict.Ended : ClaimVerdict.Done);
            case EndSale:
                Books.Sale = sale.End(FlashSaleReasons.EndedByStaff);
                return new FlashSaleReply(ClaimVerdict.Done);
            case ReadSale:
                return new FlashSaleReply(ClaimVerdict.Done);
            default:
                throw new InvalidOperationException($"Unknown command {command.GetType().Name}.");
        }
    }

    private FlashSaleReply Open(FlashSale sale, OpenClaim open, DateTimeOffset now)
    {
        // A claim that was made stays its key's answer, also when nothing can be claimed any more.
        if (sale.Status is not FlashSaleStatus.Live && Books.Claims.Find(open.Customer, open.Key) is null)
            return new FlashSaleReply(sale.Status is FlashSaleStatus.Ended ? ClaimVerdict.Ended : ClaimVerdict.NotStarted);
        var (verdict, claim) = Books.Claims.Open(open.Customer, open.Key, open.Quantity, now.AddSeconds(sale.Terms.ClaimSeconds));
        return claim is { } made && verdict is ClaimVerdict.Done
            ? new FlashSaleReply(verdict, Number: made.Number, Claim: made.Claim with { Customer = "", Key = "" })
            : new FlashSaleReply(verdict);
    }

    private FlashSaleReply About(int number, ClaimVerdict verdict) => verdict is ClaimVerdict.Unknown
        ? new FlashSaleReply(verdict)
        : new FlashSaleReply(verdict, Number: number, Claim: Books.Claims.Find(number)! with { Customer = "", Key = "" });

    private ClaimVerdict Draft(FlashSaleTerms terms)
    {
        if (Books.Sale is { } known)
            return known.Terms == terms ? ClaimVerdict.Done : ClaimVerdict.OtherTerms;
        Books.Begin(terms);
        return ClaimVerdict.Done;
    }

    private async Task SaveAsync(DateTimeOffset now, CancellationToken deadline)
    {
        // A turn that changed nothing writes nothing, not even that events have left.
        if (await Books.WriteAsync(news => Outbox.Stage(FlashSaleChanged.Of(news)), deadline))
            await Outbox.WriteAsync(deadline);
        await ArmAsync(now);
        await StateManager.SaveStateAsync(deadline);
        await Books.SavedAsync();
        Outbox.Saved();
    }

    /// <summary>
    /// Has stock set units aside or take them back. That the sale wants it is saved before, what stock said after: whatever fails in
    /// between, the reminder asks again, and stock knows the reservation.
    /// </summary>
    private async Task SettleWithStockAsync(DateTimeOffset now, CancellationToken deadline)
    {
        if (Books.Sale is not { } sale)
            return;
        try
        {
            if (sale.WantsUnits)
                Books.Sale = await _stock.SetAsideAsync(sale.Terms, now, deadline) ? sale.Confirm().Advance(now, isSoldOut: false) : sale.Refuse();
            else if (sale.GivesUnitsBack(Books.Claims.Unsettled))
                Books.Sale = await ReturnAsync(sale, deadline);
            else
                return;
        }
        catch (RpcException failure)
        {
            Logger.LogWarning(failure, "Stock did not settle sale {SaleId}; it is asked again", sale.Terms.SaleId);
            return;
        }

        await SaveAsync(now, deadline);
    }

    private async Task<FlashSale> ReturnAsync(FlashSale sale, CancellationToken deadline)
    {
        await _stock.ReturnAsync(sale.Terms, deadline);
        return sale.ConfirmReturn();
    }

    /// <summary>When the actor must wake up by itself; null when it need not.</summary>
    private DateTimeOffset? NextWork(DateTimeOffset now)
    {
        if (Books.Sale is not { } sale)
            return null;
        if (sale.WantsUnits || sale.GivesUnitsBack(Books.Claims.Unsettled))
            return now + ReminderPeriod;
        return (sale.NextChange, Books.Claims.NextExpiry) switch
        {
            (null, var expiry) => expiry,
            (var change, null) => change,
            var (change, expiry) => change < expiry ? change : expiry,
        };
    }

    /// <summary>Sets the one clock reminder if something is due before it, in front of the save that makes it needed.</summary>
    private async Task ArmAsync(DateTimeOffset now)
    {
        if (NextWork(now) is not { } next || (_armedFor <= next && _armedFor > now))
            return;
        // Reminders count whole milliseconds; one more, or a tick could come just before the time.
        var due = next > now ? next - now + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero;
        await RegisterReminderAsync(ClockReminder, [], due, ReminderPeriod);
        _armedFor = next;
    }

    private async Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> turn)
    {
        using var deadline = new CancellationTokenSource(_options.TurnTimeout, _time);
        try
        {
            if (!_loaded)
            {
                await Books.LoadAsync(deadline.Token);
                await Outbox.LoadAsync(deadline.Token);
                _loaded = true;
            }

            return await turn(deadline.Token);
        }
        catch
        {
            // Memory may hold what was never saved: the next turn reads everything again.
            _loaded = false;
            _armedFor = null;
            await StateManager.ClearCacheAsync();
            throw;
        }
    }

    private ActorOutbox OpenOutbox() => new(
        new ActorOutboxHost(
            StateManager,
            _publisher.PublishAsync,
            () => RegisterReminderAsync(PublishReminder, [], ReminderPeriod, ReminderPeriod),
            () => UnregisterReminderAsync(PublishReminder),
            _time,
            Logger),
        new ActorOutboxOptions(PendingEvents, _options.PublishTimeout, LatestOnly: true));
}
