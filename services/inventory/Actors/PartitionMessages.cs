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
[JsonDerivedType(typeof(AdjustStock), "adjust")]
[JsonDerivedType(typeof(TransferStock), "transfer")]
[JsonDerivedType(typeof(TakeBackUnits), "takeBack")]
[JsonDerivedType(typeof(ClaimDocument), "claim")]
[JsonDerivedType(typeof(SetStockPolicy), "policy")]
public abstract record PartitionCommand
{
    /// <summary>How much work it is, in lines; bounds a batch.</summary>
    [JsonIgnore]
    public abstract int Weight { get; }

    /// <summary>The SKUs it names.</summary>
    [JsonIgnore]
    public abstract IEnumerable<string> Touches { get; }
}

/// <summary>Asks for the levels of SKUs.</summary>
public sealed record ReadLevels(IReadOnlyList<string> Skus) : PartitionCommand
{
    /// <inheritdoc/>
    public override int Weight => Skus.Count;

    /// <inheritdoc/>
    public override IEnumerable<string> Touches => Skus;
}

/// <summary>Adds goods, once per receipt and SKU.</summary>
public sealed record ReceiveGoods(string ReceiptId, IReadOnlyList<Units> Lines, string Warehouse = Domain.Warehouse.DefaultId) : PartitionCommand
{
    /// <inheritdoc/>
    public override int Weight => Lines.Count;

    /// <inheritdoc/>
    public override IEnumerable<string> Touches => Lines.Select(line => line.Sku);
}

/// <summary>Holds units; see <see cref="StockTurn.Hold"/>.</summary>
public sealed record HoldUnits(
    string ReservationId, IReadOnlyList<Units> Lines, string Fingerprint, string Attempt, DateTimeOffset ExpiresAt, AllocationPlan? Plan = null,
    string? From = null)
    : PartitionCommand
{
    /// <inheritdoc/>
    public override int Weight => Lines.Count + 1;

    /// <inheritdoc/>
    public override IEnumerable<string> Touches => Lines.Select(line => line.Sku);
}

/// <summary>Undoes a hold; see <see cref="StockTurn.Withdraw"/>.</summary>
public sealed record WithdrawHold(string ReservationId, string? Attempt) : PartitionCommand
{
    /// <inheritdoc/>
    public override int Weight => 1;

    /// <inheritdoc/>
    public override IEnumerable<string> Touches => [];
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

    /// <inheritdoc/>
    public override IEnumerable<string> Touches => [];
}

/// <summary>Says how a SKU is sold; see <see cref="StockTurn.SetPolicy"/>.</summary>
public sealed record SetStockPolicy(string Sku, StockPolicy Policy) : PartitionCommand
{
    /// <inheritdoc/>
    public override int Weight => 1;

    /// <inheritdoc/>
    public override IEnumerable<string> Touches => [Sku];
}

/// <summary>The answer to one command.</summary>
/// <param name="Verdict">What became of it.</param>
/// <param name="ExpiresAt">Of a hold.</param>
/// <param name="Missing">Of a hold for which units are missing.</param>
/// <param name="Levels">Of a read or a policy, in the order asked; null where nothing is known of the SKU.</param>
/// <param name="Applied">Of a receipt: lines counted now.</param>
/// <param name="Refused">The partition has too many unpublished events and did nothing.</param>
/// <param name="Lines">Of a hold or a commit that is done: which warehouse gives what.</param>
/// <param name="Staff">Of a staff command.</param>
/// <param name="Figures">With one reply of a batch: what the whole turn changed of what is for sale.</param>
public sealed record PartitionReply(
    Verdict Verdict,
    DateTimeOffset? ExpiresAt = null,
    IReadOnlyList<MissingUnits>? Missing = null,
    IReadOnlyList<StockLevel?>? Levels = null,
    int Applied = 0,
    bool Refused = false,
    IReadOnlyList<HeldLine>? Lines = null,
    StaffAnswer? Staff = null,
    IReadOnlyList<StockFigures>? Figures = null);
