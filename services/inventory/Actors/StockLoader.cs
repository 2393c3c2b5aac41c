using Dapr.Actors.Runtime;
using NexusCart.Inventory.Domain;
using NexusCart.Platform.Actors;

namespace NexusCart.Inventory.Actors;

/// <summary>Reads what a turn will touch, so that the turn itself waits for nothing.</summary>
internal sealed class StockLoader(IActorStateManager state, PartitionBooks books, int cachedSkus)
{
    private readonly RecentlyUsed _cachedSkus = new(cachedSkus);

    /// <summary>The state key of a level.</summary>
    public static string LevelKey(string sku) => $"s:{sku}";

    /// <summary>Reads every SKU, reservation, receipt and document that the batch or an expiry touches.</summary>
    /// <param name="batch">The commands.</param>
    /// <param name="due">Reservations whose time is over.</param>
    /// <param name="others">SKUs that the turn wants besides.</param>
    /// <param name="cancellationToken">The turn's deadline.</param>
    public async Task<LoadedStock> LoadAsync(
        IReadOnlyList<PartitionCommand> batch, IReadOnlyList<Reservation> due, IEnumerable<string> others, CancellationToken cancellationToken)
    {
        var stock = new LoadedStock(books);
        foreach (var reservation in due)
            await LoadHeldAsync(stock, reservation, cancellationToken);
        foreach (var command in batch)
            await LoadCommandAsync(stock, command, cancellationToken);
        foreach (var sku in others)
            await LoadLevelAsync(stock, sku, cancellationToken);
        return stock;
    }

    /// <summary>Reads the head of a SKU's queue and the reservations in it.</summary>
    public async Task LoadQueueAsync(StockLevel level, int most, CancellationToken cancellationToken)
    {
        foreach (var waiting in await books.Backorders.LoadHeadAsync(level, most, cancellationToken))
        {
            if (books.Open.Find(waiting.ReservationId) is null)
                await books.Closed.LookUpAsync(waiting.ReservationId, cancellationToken);
        }
    }

    /// <summary>A level; null when nothing is known of the SKU.</summary>
    public async Task<StockLevel?> LevelAsync(string sku, CancellationToken cancellationToken)
    {
        var stored = await state.TryGetStateAsync<StockLevel>(LevelKey(sku), cancellationToken);
        // Unknown SKUs count too: the state manager remembers what was looked up in vain.
        _cachedSkus.Touch(sku);
        return stored.HasValue ? stored.Value : null;
    }

    /// <summary>After the turn: keeps the levels in memory that were used last.</summary>
    public async Task TrimAsync(CancellationToken cancellationToken)
    {
        while (_cachedSkus.TryEvict(out var sku))
            await state.UnloadStateAsync(LevelKey(sku), cancellationToken: cancellationToken);
    }

    /// <summary>After a failed turn.</summary>
    public void Forget() => _cachedSkus.Clear();

    private async Task LoadCommandAsync(LoadedStock stock, PartitionCommand command, CancellationToken cancellationToken)
    {
        foreach (var sku in command.Touches)
            await LoadLevelAsync(stock, sku, cancellationToken);
        switch (command)
        {
            case ReceiveGoods receive:
                foreach (var line in receive.Lines)
                    await books.Receipts.LookUpAsync(stock.Level(line.Sku), receive.ReceiptId, cancellationToken);
                break;
            case HoldUnits hold:
                await LoadReservationAsync(stock, hold.ReservationId, cancellationToken);
                if (hold.From is not null)
                    await LoadReservationAsync(stock, hold.From, cancellationToken);
                break;
            case WithdrawHold withdraw:
                await LoadReservationAsync(stock, withdraw.ReservationId, cancellationToken);
                break;
            case CloseReservation close:
                await LoadReservationAsync(stock, close.ReservationId, cancellationToken);
                break;
            case StaffCommand staff:
                await books.Documents.LookUpAsync(staff.Kind, staff.DocumentId, cancellationToken);
                if (staff is TakeBackUnits { IsUnsent: true } back)
                    await LoadOwedAsync(stock, back, cancellationToken);
                break;
        }
    }

    /// <summary>What an order waits for may be anywhere in the queue.</summary>
    private async Task LoadOwedAsync(LoadedStock stock, TakeBackUnits back, CancellationToken cancellationToken)
    {
        foreach (var sku in back.Touches.Distinct(StringComparer.Ordinal))
        {
            if (stock.Level(sku) is not { Owed: > 0 } level)
                continue;
            await LoadReservationAsync(stock, back.OrderId, cancellationToken);
            await books.Backorders.LoadHeadAsync(level, int.MaxValue, cancellationToken);
        }
    }

    private async Task LoadReservationAsync(LoadedStock stock, string id, CancellationToken cancellationToken)
    {
        if (books.Open.Find(id) is null)
            await books.Closed.LookUpAsync(id, cancellationToken);
        if (stock.Reservation(id) is { } known)
            await LoadHeldAsync(stock, known, cancellationToken);
    }

    /// <summary>What it holds, and what the one holds that its units came from: that may expire in the same turn.</summary>
    private async Task LoadHeldAsync(LoadedStock stock, Reservation held, CancellationToken cancellationToken)
    {
        await LoadLinesAsync(stock, held.Lines, cancellationToken);
        if (held.From is not null && books.Open.Find(held.From) is { } source)
            await LoadLinesAsync(stock, source.Lines, cancellationToken);
    }

    private async Task LoadLinesAsync(LoadedStock stock, IReadOnlyList<HeldLine> lines, CancellationToken cancellationToken)
    {
        foreach (var line in lines)
        {
            await LoadLevelAsync(stock, line.Sku, cancellationToken);
            if (line.Waiting is { } waiting)
                await books.Backorders.LoadAsync(line.Sku, waiting.Number, cancellationToken);
        }
    }

    private async Task LoadLevelAsync(LoadedStock stock, string sku, CancellationToken cancellationToken)
    {
        if (!stock.Levels.ContainsKey(sku))
            stock.Levels[sku] = await LevelAsync(sku, cancellationToken);
    }
}
