using NexusCart.Inventory.Domain;

namespace NexusCart.Tests.Unit.Inventory;

/// <summary>A partition's state in memory.</summary>
internal sealed class StockStore : IStockView
{
    private readonly Dictionary<string, StockLevel> _levels = [];
    private readonly Dictionary<string, Reservation> _reservations = [];
    private readonly HashSet<(string, string)> _receipts = [];
    private readonly Dictionary<(MovementKind, string), StaffDocument> _documents = [];
    private readonly Dictionary<(string Sku, long Number), Backorder> _backorders = [];

    public Dictionary<string, List<Movement>> Ledger { get; } = [];

    public IEnumerable<StockLevel> Levels => _levels.Values;

    public IEnumerable<Reservation> Reservations => _reservations.Values;

    public StockLevel? Level(string sku) => _levels.GetValueOrDefault(sku);

    public Reservation? Reservation(string id) => _reservations.GetValueOrDefault(id);

    public bool HasReceipt(string sku, string receiptId) => _receipts.Contains((sku, receiptId));

    public StaffDocument? Document(MovementKind kind, string id) => _documents.GetValueOrDefault((kind, id));

    public Backorder? Backorder(string sku, long number) => _backorders.GetValueOrDefault((sku, number));

    public long QueueKnownTo(string sku) => Level(sku)?.QueueNext ?? 0;

    public IEnumerable<Backorder> Queue(string sku) =>
        _backorders.Where(entry => entry.Key.Sku == sku).OrderBy(entry => entry.Key.Number).Select(entry => entry.Value);

    /// <summary>Puts stock there as it was stored before there were warehouses and ledgers.</summary>
    public void Put(StockLevel level) => _levels[level.Sku] = level;

    public void Forget(string reservationId) => _reservations.Remove(reservationId);

    public void Apply(StockChanges changes)
    {
        foreach (var level in changes.Levels)
            _levels[level.Sku] = level;
        foreach (var (id, reservation) in changes.Reservations)
        {
            if (reservation is null)
                _reservations.Remove(id);
            else
                _reservations[id] = reservation;
        }

        _receipts.UnionWith(changes.Receipts);
        foreach (var document in changes.Documents)
            _documents[(document.Kind, document.Id)] = document;
        foreach (var (key, backorder) in changes.Backorders)
        {
            if (backorder is null)
                _backorders.Remove(key);
            else
                _backorders[key] = backorder;
        }

        foreach (var (sku, movements) in changes.Movements)
        {
            if (!Ledger.TryGetValue(sku, out var ledger))
                Ledger[sku] = ledger = [];
            ledger.AddRange(movements);
        }
    }
}
