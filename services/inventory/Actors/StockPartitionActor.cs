using Dapr.Actors.Runtime;
using NexusCart.Inventory.Domain;
using NexusCart.Platform.Actors;

namespace NexusCart.Inventory.Actors;

/// <summary>
/// The one writer of the SKUs of its partition, in all warehouses. A turn loads what its batch touches, lets a
/// <see cref="StockTurn"/> decide, and writes levels, reservations, ledgers, queues, receipts and pending events in one state
/// transaction. Reservations whose time is over are given back first, whatever the reminder does.
/// </summary>
/// <remarks>
/// State keys: <c>s:{sku}</c> a level each; <c>ix</c>, <c>ix:{n}</c> the SKUs; <c>o</c>, <c>o:{n}</c> open reservations;
/// <c>r:{id}</c>, <c>c</c>, <c>c:{n}</c> closed ones; <c>q:{sku}:{n}</c> receipts; <c>d:{kind}:{id}</c> adjustments, transfers
/// and returns; <c>b:{sku}:{n}</c> backorders; <c>m:{sku}:{n}</c> movements; <c>pe</c> pending events.
/// </remarks>
public sealed class StockPartitionActor : Actor, IStockPartitionActor, IRemindable
{
    private const string ExpiryReminder = "expire";
    private const string PublishReminder = "publish-pending";
    private const int ExpiriesPerTurn = 256;
    private const int FillsPerTurn = 128;
    private const int SkusFilledPerTurn = 16;
    private const int SkusPerIndexChunk = 128;

    /// <summary>Ends of ledgers kept in memory; about 4 MB.</summary>
    private const int CachedLedgers = 256;

    /// <summary>Repeats a tick that could not be handled, and in the end repairs a lost one-shot.</summary>
    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromSeconds(30);

    private readonly InventoryOptions _options;
    private readonly IPendingEventPublisher _publisher;
    private readonly IWarehouses _warehouses;
    private readonly TimeProvider _time;
    private readonly Lazy<(PartitionBooks Books, StockLoader Loader)> _lazy;

    /// <summary>SKUs with free units and more orders waiting for them than one turn could serve.</summary>
    private readonly HashSet<string> _unfilled = new(StringComparer.Ordinal);

    private DateTimeOffset? _armedFor;
    private bool _loaded;

    /// <summary>Creates the partition; the actor runtime does.</summary>
    public StockPartitionActor(
        ActorHost host, InventoryOptions options, IPendingEventPublisher publisher, IWarehouses warehouses, TimeProvider time)
        : base(host)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _publisher = publisher;
        _warehouses = warehouses;
        _time = time;
        // Lazy: tests put their own state manager in place after construction.
        _lazy = new(Open);
    }

    private PartitionBooks Book => _lazy.Value.Books;

    private StockLoader Loader => _lazy.Value.Loader;

    /// <inheritdoc/>
    public Task<PartitionReply[]> ExecuteAsync(PartitionCommand[] batch) => GuardAsync(async deadline =>
    {
        var now = _time.GetUtcNow();
        if (Book.Closed.CanPrune(now))
            await Book.Closed.PruneAsync(deadline);
        var due = Book.Open.Due(now, ExpiriesPerTurn);
        var stock = await Loader.LoadAsync(batch, due, _unfilled.Take(SkusFilledPerTurn).ToList(), deadline);
        var rules = new StockRules(_warehouses.Closed, _options.LowStockThreshold);
        var turn = new StockTurn(stock, now, rules);
        foreach (var reservation in due)
            turn.Expire(reservation.Id);
        var replies = Array.ConvertAll(batch, command => Apply(turn, command));
        await FillAsync(turn, stock, deadline);
        var changes = turn.Changes();
        await SaveAsync(stock, changes, rules, now, deadline);
        if (replies.Length > 0 && changes.Announced.Count > 0)
            replies[0] = replies[0] with { Figures = [.. changes.Announced.Select(StockFigures.Of)] };
        return replies;
    });

    /// <inheritdoc/>
    public Task<AuditPage> AuditAsync(AuditRequest request) => GuardAsync(async deadline =>
    {
        var page = await PageAsync(request.Token, deadline);
        var held = Book.Open.All
            .SelectMany(open => open.Lines, (open, line) => (line.Sku, Held: new HeldUnits(
                open.Id, line.Quantity, open.ExpiresAt, line.Allocations, line.Waiting?.Units ?? 0)))
            .ToLookup(entry => entry.Sku, entry => entry.Held, StringComparer.Ordinal);
        var skus = new List<AuditedSku>(page.Levels.Count);
        foreach (var level in page.Levels)
        {
            var queue = level.Backordered > 0 ? await Book.Backorders.LoadHeadAsync(level, int.MaxValue, deadline) : [];
            skus.Add(new AuditedSku(
                level, [.. held[level.Sku]], await Book.Ledger.SummariseAsync(level, deadline),
                queue.Sum(waiting => (long)waiting.Units), queue.Where(waiting => waiting.Sold).Sum(waiting => (long)waiting.Units)));
        }

        await Book.Backorders.EndTurnAsync();
        await Book.Ledger.EndTurnAsync();
        return new AuditPage(skus, page.Next);
    });

    /// <inheritdoc/>
    public Task<FiguresPage> FiguresAsync(AuditRequest request) => GuardAsync(async deadline =>
    {
        var page = await PageAsync(request.Token, deadline);
        return new FiguresPage([.. page.Levels.Select(StockFigures.Of)], page.Next);
    });

    /// <inheritdoc/>
    public Task<MovementsPage> MovementsAsync(MovementsRequest request) => GuardAsync(async deadline =>
    {
        if (await Loader.LevelAsync(request.Sku, deadline) is not { } level)
            return new MovementsPage(false, [], false);
        var before = Math.Min(request.Before ?? level.Movements, level.Movements);
        var movements = await Book.Ledger.ReadBackAsync(request.Sku, before, request.Limit + 1, deadline);
        await Book.Ledger.EndTurnAsync();
        await Loader.TrimAsync(deadline);
        return new MovementsPage(true, [.. movements.Take(request.Limit)], movements.Count > request.Limit);
    });

    /// <summary>Gives back what expired, or repairs the publishing of events.</summary>
    public async Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period)
    {
        if (reminderName == ExpiryReminder)
        {
            _armedFor = null;
            await ExecuteAsync([]);
            if (Book.Open.NextExpiry is null && _unfilled.Count == 0)
                await UnregisterReminderAsync(ExpiryReminder);
        }
        else
        {
            await GuardAsync(async deadline =>
            {
                await Book.Outbox.RepairAsync(deadline);
                await StateManager.SaveStateAsync(deadline);
                Book.Outbox.Saved();
                return true;
            });
        }
    }

    /// <summary>Completes when no event is being published; for tests and shutdown.</summary>
    public Task WhenPublishedAsync() => Book.Outbox.WhenIdleAsync();

    /// <inheritdoc/>
    protected override async Task OnDeactivateAsync() => await Book.Outbox.DisposeAsync();

    private PartitionReply Apply(StockTurn turn, PartitionCommand command)
    {
        if (command is ReadLevels read)
            return new PartitionReply(Verdict.Done, Levels: [.. read.Skus.Select(turn.Level)]);
        if (Book.Outbox.IsFull)
            return new PartitionReply(Verdict.Unknown, Refused: true);
        switch (command)
        {
            case ReceiveGoods receive:
                return new PartitionReply(
                    Verdict.Done, Applied: receive.Lines.Count(line => turn.Receive(receive.ReceiptId, line, receive.Warehouse)));
            case HoldUnits hold:
                var answer = turn.Hold(hold.ReservationId, hold.Lines, hold.Fingerprint, hold.Attempt, hold.ExpiresAt, hold.Plan, hold.From);
                return new PartitionReply(
                    answer.Verdict, answer.ExpiresAt, answer.Missing, Lines: answer.Verdict is Verdict.Done ? turn.Lines(hold.ReservationId) : null);
            case WithdrawHold withdraw:
                turn.Withdraw(withdraw.ReservationId, withdraw.Attempt);
                return new PartitionReply(Verdict.Done);
            case CloseReservation close:
                return Close(turn, close);
            case SetStockPolicy policy:
                turn.SetPolicy(policy.Sku, policy.Policy);
                return new PartitionReply(Verdict.Done, Levels: [turn.Level(policy.Sku)]);
            case StaffCommand staff:
                var done = Apply(turn, staff);
                return new PartitionReply(done.Verdict, Staff: done);
            default:
                throw new InvalidOperationException($"Unknown command {command.GetType().Name}.");
        }
    }

    private static PartitionReply Close(StockTurn turn, CloseReservation close)
    {
        var verdict = close.How switch
        {
            Closing.Release => turn.Release(close.ReservationId, close.Fingerprint),
            Closing.Commit => turn.Commit(close.ReservationId, close.Fingerprint),
            _ => turn.Restock(close.ReservationId, close.Fingerprint),
        };
        return new PartitionReply(
            verdict, Lines: close.How is Closing.Commit && verdict is Verdict.Done ? turn.Lines(close.ReservationId) : null);
    }

    private static StaffAnswer Apply(StockTurn turn, StaffCommand command) => command switch
    {
        AdjustStock adjust => turn.Adjust(
            new Cause(adjust.Kind, adjust.DocumentId, adjust.Reason, adjust.Actor), adjust.Sku, adjust.Warehouse, adjust.Delta),
        TransferStock transfer => turn.Transfer(
            new Cause(transfer.Kind, transfer.DocumentId, null, transfer.Actor), transfer.Line, transfer.From, transfer.To),
        TakeBackUnits back => turn.TakeBack(back.DocumentId, back.OrderId, back.Lines, back.Content, back.IsUnsent),
        ClaimDocument claim => turn.Claim(claim.Document, claim.DocumentId, claim.Content),
        _ => throw new InvalidOperationException($"Unknown command {command.GetType().Name}."),
    };

    /// <summary>Gives free units to orders that wait for them; what one turn cannot do, the next ones go on with.</summary>
    private async Task FillAsync(StockTurn turn, LoadedStock stock, CancellationToken deadline)
    {
        foreach (var sku in stock.Levels.Keys)
        {
            if (turn.WantsFilling(sku))
            {
                await Loader.LoadQueueAsync(turn.Level(sku)!, FillsPerTurn, deadline);
                turn.Fill(sku);
            }

            if (turn.WantsFilling(sku))
                _unfilled.Add(sku);
            else
                _unfilled.Remove(sku);
        }
    }

    /// <summary>The levels of one chunk of the index.</summary>
    private async Task<(IReadOnlyList<StockLevel> Levels, string Next)> PageAsync(string token, CancellationToken deadline)
    {
        var chunk = int.TryParse(token, out var parsed) && parsed > 0 ? parsed : 0;
        if (chunk >= Book.Skus.ChunkCount)
            return ([], "");
        var levels = new List<StockLevel>();
        foreach (var sku in await Book.Skus.ReadAsync(chunk, deadline))
        {
            if (await Loader.LevelAsync(sku, deadline) is { } level)
                levels.Add(level);
        }

        await Loader.TrimAsync(deadline);
        return (levels, chunk + 1 < Book.Skus.ChunkCount ? string.Create(null, $"{chunk + 1}") : "");
    }

    private async Task SaveAsync(
        LoadedStock stock, StockChanges changes, StockRules rules, DateTimeOffset now, CancellationToken deadline)
    {
        if (!changes.IsEmpty)
        {
            foreach (var level in changes.Levels)
                await StateManager.SetStateAsync(StockLoader.LevelKey(level.Sku), level, deadline);
            await Book.WriteAsync(stock, changes, now, deadline);
            foreach (var news in StockNews.Of(changes, rules))
                Book.Outbox.Stage(news);
            await Book.Outbox.WriteAsync(deadline);
        }

        await ArmAsync(now);
        await StateManager.SaveStateAsync(deadline);
        await Book.EndTurnAsync();
        await Loader.TrimAsync(deadline);
    }

    /// <summary>Sets the one reminder if something is due before it, in front of the save that makes it needed.</summary>
    private async Task ArmAsync(DateTimeOffset now)
    {
        var next = _unfilled.Count > 0 ? now : Book.Open.NextExpiry;
        if (next is null || (_armedFor <= next && _armedFor > now))
            return;
        // Reminders count whole milliseconds; one more, or a tick could come just before the time.
        var due = next > now ? next.Value - now + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero;
        await RegisterReminderAsync(ExpiryReminder, [], due, ReminderPeriod);
        _armedFor = next;
    }

    private async Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> turn)
    {
        using var deadline = new CancellationTokenSource(_options.TurnTimeout, _time);
        try
        {
            if (!_loaded)
            {
                await Book.LoadAsync(deadline.Token);
                _loaded = true;
            }

            return await turn(deadline.Token);
        }
        catch
        {
            // Memory may hold what was never saved: the next turn reads everything again.
            _loaded = false;
            _armedFor = null;
            Loader.Forget();
            await StateManager.ClearCacheAsync();
            throw;
        }
    }

    private (PartitionBooks Books, StockLoader Loader) Open()
    {
        var host = new ActorOutboxHost(
            StateManager,
            _publisher.PublishAsync,
            () => RegisterReminderAsync(PublishReminder, [], ReminderPeriod, ReminderPeriod),
            () => UnregisterReminderAsync(PublishReminder),
            _time,
            Logger);
        var books = new PartitionBooks(
            new ChunkedIndex(StateManager, SkusPerIndexChunk),
            new OpenReservations(StateManager),
            new ClosedReservations(StateManager, _options.ClosedRetention),
            new ReceiptBook(StateManager),
            new DocumentBook(StateManager),
            new BackorderBook(StateManager),
            new LedgerBook(StateManager, _options.LedgerChunksKept, Math.Min(_options.CachedSkus, CachedLedgers)),
            new ActorOutbox(host, new ActorOutboxOptions(_options.MaxPendingEvents, _options.PublishTimeout, LatestOnly: true)));
        return (books, new StockLoader(StateManager, books, _options.CachedSkus));
    }
}
