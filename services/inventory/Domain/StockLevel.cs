using System.Text.Json.Serialization;

namespace NexusCart.Inventory.Domain;

/// <summary>Units of one SKU in one warehouse.</summary>
/// <param name="Warehouse">The warehouse.</param>
/// <param name="OnHand">Units that lie there, reserved ones included.</param>
/// <param name="Reserved">Those held by open reservations.</param>
public sealed record Shelf(string Warehouse, long OnHand, long Reserved)
{
    /// <summary>Units that nobody holds.</summary>
    [JsonIgnore]
    public long Free => OnHand - Reserved;
}

/// <summary>
/// The units of one SKU. Its verbs are the stock movements; each keeps
/// <c>received + adjusted + returned + owed = on hand + sold</c>, and <c>0 ≤ reserved ≤ on hand</c> in every warehouse,
/// or throws, since breaking them would be a fault of the caller.
/// </summary>
/// <param name="Sku">The SKU.</param>
/// <param name="Received">Units ever received.</param>
/// <param name="OnHand">Units in all warehouses, reserved ones included.</param>
/// <param name="Sold">Units sold whose sale was not undone; what customers sent back still counts.</param>
/// <param name="Reserved">Units held by open reservations.</param>
/// <param name="Version">Grows by one with each turn that changes what is for sale.</param>
/// <param name="Receipts">How many goods receipts were counted.</param>
public sealed record StockLevel(string Sku, long Received, long OnHand, long Sold, long Reserved, long Version, int Receipts)
{
    /// <summary>The units by warehouse; null as long as all lie in the default one.</summary>
    public IReadOnlyList<Shelf>? Shelves { get; init; }

    /// <summary>Units found less units lost or scrapped.</summary>
    public long Adjusted { get; init; }

    /// <summary>Units that customers sent back.</summary>
    public long Returned { get; init; }

    /// <summary>Units promised to orders that no warehouse has yet.</summary>
    public long Backordered { get; init; }

    /// <summary>Those of them that are sold.</summary>
    public long Owed { get; init; }

    /// <summary>How it is sold; null for the default.</summary>
    public StockPolicy? Policy { get; init; }

    /// <summary>Stock is low, and that was told.</summary>
    public bool Low { get; init; }

    /// <summary>How many movements its ledger has had.</summary>
    public long Movements { get; init; }

    /// <summary>Number of the oldest backorder that may still wait.</summary>
    public long QueueFirst { get; init; }

    /// <summary>Number the next backorder gets.</summary>
    public long QueueNext { get; init; }

    /// <summary>A SKU of which nothing was received yet. Empty is low, but no news.</summary>
    public static StockLevel Empty(string sku) => new(sku, 0, 0, 0, 0, 0, 0) { Low = true };

    /// <summary>The units by warehouse.</summary>
    [JsonIgnore]
    public IReadOnlyList<Shelf> AllShelves => Shelves ?? [new Shelf(Warehouse.DefaultId, OnHand, Reserved)];

    /// <summary>Units for sale now; below zero by what orders wait for.</summary>
    [JsonIgnore]
    public long Available => OnHand - Reserved - Backordered;

    /// <summary>How it is sold.</summary>
    [JsonIgnore]
    public StockPolicy Rules => Policy ?? StockPolicy.Default;

    /// <summary>Units for sale in warehouses that are not closed; below zero by what orders wait for.</summary>
    public long AvailableOutside(IReadOnlySet<string> closed) =>
        AllShelves.Where(shelf => !closed.Contains(shelf.Warehouse)).Sum(shelf => shelf.Free) - Backordered;

    /// <summary>The units in one warehouse.</summary>
    public Shelf At(string warehouse) =>
        AllShelves.FirstOrDefault(shelf => shelf.Warehouse == warehouse) ?? new Shelf(warehouse, 0, 0);

    /// <summary>Goods come in.</summary>
    public StockLevel Receive(string warehouse, long quantity) =>
        (Put(warehouse, quantity, 0) with { Received = Received + quantity }).Verified();

    /// <summary>Units are held for an order.</summary>
    public StockLevel Hold(string warehouse, long quantity) => Put(warehouse, 0, quantity).Verified();

    /// <summary>Held units are for sale again.</summary>
    public StockLevel Unhold(string warehouse, long quantity) => Put(warehouse, 0, -quantity).Verified();

    /// <summary>Held units are sold.</summary>
    public StockLevel Sell(string warehouse, long quantity) =>
        (Put(warehouse, -quantity, -quantity) with { Sold = Sold + quantity }).Verified();

    /// <summary>A sale is undone: its units are for sale again.</summary>
    public StockLevel Restock(string warehouse, long quantity) =>
        (Put(warehouse, quantity, 0) with { Sold = Sold - quantity }).Verified();

    /// <summary>A customer sends units back.</summary>
    public StockLevel TakeBack(string warehouse, long quantity) =>
        (Put(warehouse, quantity, 0) with { Returned = Returned + quantity }).Verified();

    /// <summary>Promised units that were sold are given up before they came in: sold, and back, without ever having been there.</summary>
    public StockLevel TakeBackPromised(long quantity) =>
        (this with { Returned = Returned + quantity, Owed = Owed - quantity, Backordered = Backordered - quantity }).Verified();

    /// <summary>Units are found, or lost if negative.</summary>
    public StockLevel Adjust(string warehouse, long delta) =>
        (Put(warehouse, delta, 0) with { Adjusted = Adjusted + delta }).Verified();

    /// <summary>Units come from another warehouse, or leave for one if negative. A transfer is two of these; nothing is verified between.</summary>
    public StockLevel Carry(string warehouse, long delta) => Put(warehouse, delta, 0);

    /// <summary>Units are promised that no warehouse has.</summary>
    public StockLevel Promise(long quantity) => (this with { Backordered = Backordered + quantity }).Verified();

    /// <summary>Promised units are wanted no more.</summary>
    public StockLevel Unpromise(long quantity) => (this with { Backordered = Backordered - quantity }).Verified();

    /// <summary>Promised units are sold.</summary>
    public StockLevel SellPromised(long quantity) => (this with { Sold = Sold + quantity, Owed = Owed + quantity }).Verified();

    /// <summary>The sale of promised units is undone.</summary>
    public StockLevel RestockPromised(long quantity) =>
        (this with { Sold = Sold - quantity, Owed = Owed - quantity, Backordered = Backordered - quantity }).Verified();

    /// <summary>Free units go to an order that waited: held for it, or on their way at once if it is sold.</summary>
    public StockLevel Fill(string warehouse, long quantity, bool sold)
    {
        var filled = sold ? Put(warehouse, -quantity, 0) with { Owed = Owed - quantity } : Put(warehouse, 0, quantity);
        return (filled with { Backordered = Backordered - quantity }).Verified();
    }

    /// <summary>Itself, if the figures fit together.</summary>
    /// <exception cref="InvalidOperationException">They do not.</exception>
    public StockLevel Verified() =>
        Received + Adjusted + Returned + Owed == OnHand + Sold && Sold >= 0 && Owed >= 0 && Owed <= Backordered
        && AllShelves.All(shelf => shelf.Reserved >= 0 && shelf.Reserved <= shelf.OnHand)
        && AllShelves.Sum(shelf => shelf.OnHand) == OnHand && AllShelves.Sum(shelf => shelf.Reserved) == Reserved
            ? this
            : throw new InvalidOperationException($"A movement would break the stock of {Sku}: {this}.");

    private StockLevel Put(string warehouse, long onHand, long reserved)
    {
        var shelf = At(warehouse);
        var next = shelf with { OnHand = shelf.OnHand + onHand, Reserved = shelf.Reserved + reserved };
        IReadOnlyList<Shelf> shelves = AllShelves.Any(other => other.Warehouse == warehouse)
            ? [.. AllShelves.Select(other => other.Warehouse == warehouse ? next : other)]
            : [.. AllShelves, next];
        return this with { OnHand = OnHand + onHand, Reserved = Reserved + reserved, Shelves = shelves };
    }
}
