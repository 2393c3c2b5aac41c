using System.Text.Json.Serialization;
using NexusCart.Inventory.Domain;

namespace NexusCart.Inventory.Actors;

/// <summary>A command to a stock partition; many travel in one call.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "op")]
[JsonDerivedType(typeof(ReadLevels), "read")]
[JsonDerivedType(typeof(ReceiveGoods), "receive")]
[JsonDerivedType(typeof(HoldUnits), "hold")]
[JsonDerivedType(typeof(WithdrawHold), "withdraw")]
[JsonDerivedType(typeof(CloseReservation), "close")]
public abstract record PartitionCommand
{
    /// <summary>How much work it is, in lines; bounds a batch.</summary>
    [JsonIgnore]
    public abstract int Weight { get; }
}

/// <summary>Asks for the levels of SKUs.</summary>
public sealed record ReadLevels(IReadOnlyList<string> Skus) : PartitionCommand
{
    /// <inheritdoc/>
    public override int Weight => Skus.Count;
}

/// <summary>Adds goods, once per receipt and SKU.</summary>
public sealed record ReceiveGoods(string ReceiptId, IReadOnlyList<Units> Lines) : PartitionCommand
{
    /// <inheritdoc/>
    public override int Weight => Lines.Count;
}

/// <summary>Holds units; see <see cref="StockTurn.Hold"/>.</summary>
public sealed record HoldUnits(
    string ReservationId, IReadOnlyList<Units> Lines, string Fingerprint, string Attempt, DateTimeOffset ExpiresAt, string? From = null)
    : PartitionCommand
{
    /// <inheritdoc/>
    public override int Weight => Lines.Count + 1;
}

/// <summary>Undoes a hold; see <see cref="StockTurn.Withdraw"/>.</summary>
public sealed record WithdrawHold(string ReservationId, string? Attempt) : PartitionCommand
{
    /// <inheritdoc/>
    public override int Weight => 1;
}

/// <summary>How a reservation ends.</summary>
public enum Closing
{
    /// <summary>See <see cref="StockTurn.Release"/>.</summary>
    Release,

    /// <summary>See <see cref="StockTurn.Commit"/>.</summary>
    Commit,

    /// <summary>See <see cref="StockTurn.Restock"/>.</summary>
    Restock,
}

/// <summary>Ends a reservation.</summary>
public sealed record CloseReservation(string ReservationId, string Fingerprint, Closing How) : PartitionCommand
{
    /// <inheritdoc/>
    public override int Weight => 1;
}

/// <summary>The answer to one command.</summary>
/// <param name="Verdict">What became of it.</param>
/// <param name="ExpiresAt">Of a hold.</param>
/// <param name="Missing">Of a hold for which units are missing.</param>
/// <param name="Levels">Of a read, in the order asked; null where the SKU is unknown.</param>
/// <param name="Applied">Of a receipt: lines counted now.</param>
/// <param name="Refused">The partition has too many unpublished events and did nothing.</param>
public sealed record PartitionReply(
    Verdict Verdict,
    DateTimeOffset? ExpiresAt = null,
    IReadOnlyList<MissingUnits>? Missing = null,
    IReadOnlyList<StockLevel?>? Levels = null,
    int Applied = 0,
    bool Refused = false);

/// <summary>Asks for a page of a partition's books; empty for the first.</summary>
public sealed record AuditRequest(string Token);

/// <summary>A page of a partition's books.</summary>
/// <param name="Skus">Levels with the open reservations of each.</param>
/// <param name="NextToken">Empty on the last page.</param>
public sealed record AuditPage(IReadOnlyList<AuditedSku> Skus, string NextToken);

/// <summary>A SKU's books.</summary>
public sealed record AuditedSku(StockLevel Level, IReadOnlyList<HeldUnits> Open);

/// <summary>What an open reservation holds of one SKU.</summary>
public sealed record HeldUnits(string ReservationId, int Quantity, DateTimeOffset ExpiresAt);
