using System.Text.Json.Serialization;

namespace NexusCart.Inventory.Domain;

/// <summary>
/// The units of one SKU. Its verbs are the stock movements; each keeps <c>received = on hand + sold</c> and
/// <c>0 ≤ reserved ≤ on hand</c>, or throws, since breaking them would be a fault of the caller.
/// </summary>
/// <param name="Sku">The SKU.</param>
/// <param name="Received">Units ever received.</param>
/// <param name="OnHand">Units in the warehouse, reserved ones included.</param>
/// <param name="Sold">Units sold and not restocked.</param>
/// <param name="Reserved">Units held by open reservations.</param>
/// <param name="Version">Grows by one with each turn that changes <see cref="Available"/>.</param>
/// <param name="Receipts">How many goods receipts were counted.</param>
public sealed record StockLevel(string Sku, long Received, long OnHand, long Sold, long Reserved, long Version, int Receipts)
{
    /// <summary>A SKU of which nothing was received yet.</summary>
    public static StockLevel Empty(string sku) => new(sku, 0, 0, 0, 0, 0, 0);

    /// <summary>Units for sale now.</summary>
    [JsonIgnore]
    public long Available => OnHand - Reserved;

    /// <summary>Goods come in.</summary>
    public StockLevel Receive(long quantity) =>
        (this with { Received = Received + quantity, OnHand = OnHand + quantity, Receipts = Receipts + 1 }).Checked();

    /// <summary>Units are held for an order.</summary>
    public StockLevel Hold(long quantity) => (this with { Reserved = Reserved + quantity }).Checked();

    /// <summary>Held units are for sale again.</summary>
    public StockLevel Unhold(long quantity) => (this with { Reserved = Reserved - quantity }).Checked();

    /// <summary>Held units are sold.</summary>
    public StockLevel Sell(long quantity) =>
        (this with { OnHand = OnHand - quantity, Reserved = Reserved - quantity, Sold = Sold + quantity }).Checked();

    /// <summary>Sold units come back.</summary>
    public StockLevel Return(long quantity) => (this with { OnHand = OnHand + quantity, Sold = Sold - quantity }).Checked();

    private StockLevel Checked() =>
        Received == OnHand + Sold && Sold >= 0 && Reserved >= 0 && Reserved <= OnHand
            ? this
            : throw new InvalidOperationException($"A movement would break the stock of {Sku}: {this}.");
}
