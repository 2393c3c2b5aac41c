using Dapr.Actors.Runtime;
using NexusCart.Inventory.Domain;
using NexusCart.Inventory.Events;
using NexusCart.Platform.Actors;

namespace NexusCart.Inventory.Actors;

/// <summary>
/// The one writer of the SKUs of its partition. A turn loads what its batch touches, lets a <see cref="StockTurn"/>
/// decide, and writes levels, reservations, receipts and pending events in one state transaction. Reservations whose
/// time is over are given back first, whatever the reminder does.
/// </summary>
/// <remarks>
/// State keys: <c>s:{sku}</c> a level each; <c>ix</c>, <c>ix:{n}</c> the SKUs; <c>o</c>, <c>o:{n}</c> open reservations;
/// <c>r:{id}</c>, <c>c</c>, <c>c:{n}</c> closed ones; <c>q:{sku}:{n}</c> receipts; <c>pe</c> pending events.
/// </remarks>
public sealed class StockPartitionActor : Actor, IStockPartitionActor, IRemindable
{
    private const string ExpiryReminder = "expire";
    private const string PublishReminder = "publish-pending";
    private const int ExpiriesPerTurn = 256;
    private const int SkusPerIndexChunk = 128;

    /// <summary>Repeats a tick that could not be handled, and in the end repairs a lost one-shot.</summary>
    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromSeconds(30);

    private readonly InventoryOptions _options;
    private readonly IPendingEventPublisher _publisher;
    private readonly TimeProvider _time;
    private readonly RecentlyUsed _cachedSkus;
    private readonly Lazy<Books> _lazyBooks;
    private DateTimeOffset? _armedFor;
    private bool _loaded;

    /// <summary>Creates the partition; the actor runtime does.</summary>
    public StockPartitionActor(ActorHost host, InventoryOptions options, IPendingEventPublisher publisher, TimeProvider time)
        : base(host)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _publisher = publisher;
        _time = time;
        _cachedSkus = new RecentlyUsed(options.CachedSkus);
        // Lazy: tests put their own state manager in place after construction.
        _lazyBooks = new(OpenBooks);
    }

    private Books Book => _lazyBooks.Value;

    /// <inheritdoc/>
    public Task<PartitionReply[]> ExecuteAsync(PartitionCommand[] batch) => GuardAsync(async deadline =>
    {
        var now = _time.GetUtcNow();
        var stock = await LoadForAsync(batch, now, deadline);
        var turn = new StockTurn(stock, now);
        foreach (var due in Book.Open.Due(now, ExpiriesPerTurn))
            turn.Expire(due.Id);
        var replies = Array.ConvertAll(batch, command => Apply(turn, command));
        await SaveAsync(stock, turn.Changes(), now, deadline);
        return replies;
    });

    /// <inheritdoc/>
    public Task<AuditPage> AuditAsync(AuditRequest request) => GuardAsync(async deadline =>
    {
        var chunk = int.TryParse(request.Token, out var parsed) && parsed > 0 ? parsed : 0;
        if (chunk >= Book.Skus.ChunkCount)
            return new AuditPage([], "");

        var skus = await Book.Skus.ReadAsync(chunk, deadline);
        var held = Book.Open.All
            .SelectMany(open => open.Lines, (open, line) => (line.Sku, Held: new HeldUnits(open.Id, line.Quantity, open.ExpiresAt)))
            .ToLookup(entry => entry.Sku, entry => entry.Held, StringComparer.Ordinal);
        var page = new List<AuditedSku>(skus.Count);
        foreach (var sku in skus)
        {
            if (await LevelAsync(sku, deadline) is { } level)
                page.Add(new AuditedSku(level, [.. held[sku]]));
        }

        return new AuditPage(page, chunk + 1 < Book.Skus.ChunkCount ? string.Create(null, $"{chunk + 1}") : "");
    });

    /// <summary>Gives back what expired, or repairs the publishing of events.</summary>
    public async Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period)
    {
        if (reminderName == ExpiryReminder)
        {
            _armedFor = null;
            await ExecuteAsync([]);
            if (Book.Open.NextExpiry is null)
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
                return new PartitionReply(Verdict.Done, Applied: receive.Lines.Count(line => turn.Receive(receive.ReceiptId, line)));
            case HoldUnits hold:
                var answer = turn.Hold(hold.ReservationId, hold.Lines, hold.Fingerprint, hold.Attempt, hold.ExpiresAt, hold.From);
                return new PartitionReply(answer.Verdict, answer.ExpiresAt, answer.Missing);
            case WithdrawHold withdraw:
                turn.Withdraw(withdraw.ReservationId, withdraw.Attempt);
                return new PartitionReply(Verdict.Done);
            case CloseReservation close:
                return new PartitionReply(close.How switch
                {
                    Closing.Release => turn.Release(close.ReservationId, close.Fingerprint),
                    Closing.Commit => turn.Commit(close.ReservationId, close.Fingerprint),
                    _ => turn.Restock(close.ReservationId, close.Fingerprint),
                });
            default:
                throw new InvalidOperationException($"Unknown command {command.GetType().Name}.");
        }
    }

    /// <summary>Loads every SKU, reservation and receipt that the batch or an expiry touches.</summary>
    private async Task<LoadedStock> LoadForAsync(PartitionCommand[] batch, DateTimeOffset now, CancellationToken deadline)
    {
        if (Book.Closed.CanPrune(now))
            await Book.Closed.PruneAsync(deadline);

        var stock = new LoadedStock(Book.Open, Book.Closed, Book.Receipts);
        foreach (var due in Book.Open.Due(now, ExpiriesPerTurn))
            await LoadHeldAsync(stock, due, deadline);
        foreach (var command in batch)
            await LoadCommandAsync(stock, command, deadline);
        return stock;
    }

    private async Task LoadCommandAsync(LoadedStock stock, PartitionCommand command, CancellationToken deadline)
    {
        switch (command)
        {
            case ReadLevels read:
                foreach (var sku in read.Skus)
                    await LoadLevelAsync(stock, sku, deadline);
                break;
            case ReceiveGoods receive:
                await LoadLinesAsync(stock, receive.Lines, deadline);
                foreach (var line in receive.Lines)
                    await Book.Receipts.LookUpAsync(stock.Level(line.Sku), receive.ReceiptId, deadline);
                break;
            case HoldUnits hold:
                await LoadLinesAsync(stock, hold.Lines, deadline);
                await LoadReservationAsync(stock, hold.ReservationId, deadline);
                if (hold.From is not null)
                    await LoadReservationAsync(stock, hold.From, deadline);
                break;
            case WithdrawHold withdraw:
                await LoadReservationAsync(stock, withdraw.ReservationId, deadline);
                break;
            case CloseReservation close:
                await LoadReservationAsync(stock, close.ReservationId, deadline);
                break;
        }
    }

    private async Task LoadReservationAsync(LoadedStock stock, string id, CancellationToken deadline)
    {
        if (Book.Open.Find(id) is null)
            await Book.Closed.LookUpAsync(id, deadline);
        if (stock.Reservation(id) is { } known)
            await LoadHeldAsync(stock, known, deadline);
    }

    /// <summary>What it holds, and what the one holds that its units came from: that may expire in the same turn.</summary>
    private async Task LoadHeldAsync(LoadedStock stock, Reservation held, CancellationToken deadline)
    {
        await LoadLinesAsync(stock, held.Lines, deadline);
        if (held.From is not null && Book.Open.Find(held.From) is { } source)
            await LoadLinesAsync(stock, source.Lines, deadline);
    }

    private async Task LoadLinesAsync(LoadedStock stock, IReadOnlyList<Units> lines, CancellationToken deadline)
    {
        foreach (var line in lines)
            await LoadLevelAsync(stock, line.Sku, deadline);
    }

    private async Task LoadLevelAsync(LoadedStock stock, string sku, CancellationToken deadline)
    {
        if (!stock.Levels.ContainsKey(sku))
            stock.Levels[sku] = await LevelAsync(sku, deadline);
    }

    private async Task<StockLevel?> LevelAsync(string sku, CancellationToken deadline)
    {
        var stored = await StateManager.TryGetStateAsync<StockLevel>(LevelKey(sku), deadline);
        // Unknown SKUs count too: the state manager remembers what was looked up in vain.
        _cachedSkus.Touch(sku);
        return stored.HasValue ? stored.Value : null;
    }

    private async Task SaveAsync(LoadedStock stock, StockChanges changes, DateTimeOffset now, CancellationToken deadline)
    {
        if (!changes.IsEmpty)
        {
            foreach (var level in changes.Levels)
                await StateManager.SetStateAsync(LevelKey(level.Sku), level, deadline);
            await Book.Skus.AppendAsync([.. changes.Levels.Where(level => stock.Level(level.Sku) is null).Select(level => level.Sku)], deadline);
            await Book.Receipts.WriteAsync(changes.Receipts, sku => stock.Level(sku)?.Receipts ?? 0, deadline);
            await WriteReservationsAsync(changes, now, deadline);
            foreach (var level in changes.Announced)
                Book.Outbox.Stage(Announce(level));
            await Book.Outbox.WriteAsync(deadline);
        }

        await ArmAsync(now);
        await StateManager.SaveStateAsync(deadline);
        await Book.Skus.SavedAsync();
        Book.Outbox.Saved();
        await Book.Closed.EndTurnAsync();
        await Book.Receipts.EndTurnAsync();
        while (_cachedSkus.TryEvict(out var sku))
            await StateManager.UnloadStateAsync(LevelKey(sku), cancellationToken: deadline);
    }

    private async Task WriteReservationsAsync(StockChanges changes, DateTimeOffset now, CancellationToken deadline)
    {
        var closed = new List<Reservation>();
        foreach (var (id, reservation) in changes.Reservations)
        {
            if (reservation is { Status: ReservationStatus.Open })
            {
                Book.Open.Set(reservation);
                continue;
            }

            Book.Open.Remove(id);
            if (reservation is not null)
                closed.Add(reservation);
        }

        await Book.Open.WriteAsync(deadline);
        await Book.Closed.WriteAsync(closed, now, deadline);
    }

    /// <summary>Sets the one expiry reminder if something expires before it, in front of the save that makes it needed.</summary>
    private async Task ArmAsync(DateTimeOffset now)
    {
        if (Book.Open.NextExpiry is not { } next || (_armedFor <= next && _armedFor > now))
            return;
        // Reminders count whole milliseconds; one more, or a tick could come just before the time.
        var due = next > now ? next - now + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero;
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
            _cachedSkus.Clear();
            await StateManager.ClearCacheAsync();
            throw;
        }
    }

    private Books OpenBooks()
    {
        var host = new ActorOutboxHost(
            StateManager,
            _publisher.PublishAsync,
            () => RegisterReminderAsync(PublishReminder, [], ReminderPeriod, ReminderPeriod),
            () => UnregisterReminderAsync(PublishReminder),
            _time,
            Logger);
        return new Books(
            new ChunkedIndex(StateManager, SkusPerIndexChunk),
            new OpenReservations(StateManager),
            new ClosedReservations(StateManager, _options.ClosedRetention),
            new ReceiptBook(StateManager),
            new ActorOutbox(host, new ActorOutboxOptions(_options.MaxPendingEvents, _options.PublishTimeout, LatestOnly: true)));
    }

    private static PendingEvent Announce(StockLevel level) => PendingEvent.Create(
        string.Create(null, $"{level.Sku}:{level.Version}"), StockChanged.Type, StockChanged.Topic, level.Sku,
        new StockChanged(level.Sku, level.Available, level.Version), InventoryJson.Default.StockChanged);

    private static string LevelKey(string sku) => $"s:{sku}";

    /// <summary>The parts of the partition's state.</summary>
    private sealed record Books(
        ChunkedIndex Skus, OpenReservations Open, ClosedReservations Closed, ReceiptBook Receipts, ActorOutbox Outbox)
    {
        public async Task LoadAsync(CancellationToken cancellationToken)
        {
            await Skus.LoadAsync(cancellationToken);
            await Open.LoadAsync(cancellationToken);
            await Closed.LoadAsync(cancellationToken);
            Receipts.Forget();
            await Outbox.LoadAsync(cancellationToken);
        }
    }
}
