using NexusCart.Inventory.Domain;
using NexusCart.Platform.Actors;

namespace NexusCart.Inventory.Actors;

/// <summary>The parts of a partition's state, besides the levels.</summary>
internal sealed record PartitionBooks(
    ChunkedIndex Skus,
    OpenReservations Open,
    ClosedReservations Closed,
    ReceiptBook Receipts,
    DocumentBook Documents,
    BackorderBook Backorders,
    LedgerBook Ledger,
    ActorOutbox Outbox)
{
    /// <summary>At activation and after a failed turn.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await Skus.LoadAsync(cancellationToken);
        await Open.LoadAsync(cancellationToken);
        await Closed.LoadAsync(cancellationToken);
        Receipts.Forget();
        Documents.Forget();
        Backorders.Forget();
        Ledger.Forget();
        await Outbox.LoadAsync(cancellationToken);
    }

    /// <summary>Puts what a turn changed into the state manager; the levels are the caller's.</summary>
    /// <param name="stock">What was known before.</param>
    /// <param name="changes">What changed.</param>
    /// <param name="now">The turn's time.</param>
    /// <param name="cancellationToken">The turn's deadline.</param>
    public async Task WriteAsync(LoadedStock stock, StockChanges changes, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await Skus.AppendAsync([.. changes.Levels.Where(level => stock.Level(level.Sku) is null).Select(level => level.Sku)], cancellationToken);
        await Receipts.WriteAsync(changes.Receipts, sku => stock.Level(sku)?.Receipts ?? 0, cancellationToken);
        await Documents.WriteAsync(changes.Documents, cancellationToken);
        await Backorders.WriteAsync(changes.Backorders, cancellationToken);
        await Ledger.WriteAsync(changes.Movements, cancellationToken);
        await WriteReservationsAsync(changes, now, cancellationToken);
    }

    /// <summary>After a successful save: what was read for the turn needs no memory any more.</summary>
    public async Task EndTurnAsync()
    {
        await Skus.SavedAsync();
        Outbox.Saved();
        await Closed.EndTurnAsync();
        await Receipts.EndTurnAsync();
        await Documents.EndTurnAsync();
        await Backorders.EndTurnAsync();
        await Ledger.EndTurnAsync();
    }

    private async Task WriteReservationsAsync(StockChanges changes, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var closed = new List<Reservation>();
        foreach (var (id, reservation) in changes.Reservations)
        {
            if (reservation is { Status: ReservationStatus.Open })
            {
                Open.Set(reservation);
                continue;
            }

            Open.Remove(id);
            if (reservation is not null)
                closed.Add(reservation);
        }

        await Open.WriteAsync(cancellationToken);
        await Closed.WriteAsync(closed, now, cancellationToken);
    }
}
