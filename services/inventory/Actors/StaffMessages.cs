using System.Text.Json.Serialization;
using NexusCart.Inventory.Domain;

namespace NexusCart.Inventory.Actors;

/// <summary>A command that happens once by the id of its document.</summary>
public abstract record StaffCommand(string DocumentId) : PartitionCommand
{
    /// <summary>Which kind of document it is.</summary>
    [JsonIgnore]
    public abstract MovementKind Kind { get; }
}

/// <summary>Corrects a figure; see <see cref="StockTurn.Adjust"/>.</summary>
public sealed record AdjustStock(string DocumentId, string Sku, string Warehouse, int Delta, string Reason, string Actor) : StaffCommand(DocumentId)
{
    /// <inheritdoc/>
    public override MovementKind Kind => MovementKind.Adjustment;

    /// <inheritdoc/>
    public override int Weight => 1;

    /// <inheritdoc/>
    public override IEnumerable<string> Touches => [Sku];
}

/// <summary>Carries units to another warehouse; see <see cref="StockTurn.Transfer"/>.</summary>
public sealed record TransferStock(string DocumentId, Units Line, string From, string To, string Actor) : StaffCommand(DocumentId)
{
    /// <inheritdoc/>
    public override MovementKind Kind => MovementKind.Transfer;

    /// <inheritdoc/>
    public override int Weight => 1;

    /// <inheritdoc/>
    public override IEnumerable<string> Touches => [Line.Sku];
}

/// <summary>Takes returned units in; see <see cref="StockTurn.TakeBack"/>.</summary>
public sealed record TakeBackUnits(string DocumentId, string OrderId, IReadOnlyList<ReturnedUnits> Lines, string Content, bool IsUnsent = false)
    : StaffCommand(DocumentId)
{
    /// <inheritdoc/>
    public override MovementKind Kind => MovementKind.Return;

    /// <inheritdoc/>
    public override int Weight => Lines.Count + 1;

    /// <inheritdoc/>
    public override IEnumerable<string> Touches => Lines.Select(line => line.Sku);
}

/// <summary>Notes on the home partition of a document what it says; see <see cref="StockTurn.Claim"/>.</summary>
public sealed record ClaimDocument(string DocumentId, MovementKind Document, string Content) : StaffCommand(DocumentId)
{
    /// <inheritdoc/>
    public override MovementKind Kind => Document;

    /// <inheritdoc/>
    public override int Weight => 1;

    /// <inheritdoc/>
    public override IEnumerable<string> Touches => [];
}
