using NexusCart.Inventory.Domain;

namespace NexusCart.Inventory.Actors;

/// <summary>Asks for a page of a partition's books; empty for the first.</summary>
public sealed record AuditRequest(string Token);

/// <summary>A page of a partition's books.</summary>
/// <param name="Skus">Levels with the open reservations of each.</param>
/// <param name="NextToken">Empty on the last page.</param>
public sealed record AuditPage(IReadOnlyList<AuditedSku> Skus, string NextToken);

/// <summary>A SKU's books.</summary>
/// <param name="Level">Its figures.</param>
/// <param name="Open">What open reservations hold.</param>
/// <param name="Ledger">What its ledger adds up to; null when it has none yet.</param>
/// <param name="Waiting">Units in its queue.</param>
/// <param name="WaitingSold">Those of them that are sold.</param>
public sealed record AuditedSku(StockLevel Level, IReadOnlyList<HeldUnits> Open, LedgerSummary? Ledger, long Waiting, long WaitingSold);

/// <summary>What an open reservation holds of one SKU.</summary>
/// <param name="ReservationId">The reservation.</param>
/// <param name="Quantity">Units, those included that are still to come.</param>
/// <param name="ExpiresAt">When it gives them back.</param>
/// <param name="Allocations">Which warehouse gives what.</param>
/// <param name="Waiting">Units that are still to come.</param>
public sealed record HeldUnits(string ReservationId, int Quantity, DateTimeOffset ExpiresAt, IReadOnlyList<Allocation> Allocations, int Waiting);

/// <summary>A page of what a partition has for sale.</summary>
/// <param name="Figures">Figures of SKUs.</param>
/// <param name="NextToken">Empty on the last page.</param>
public sealed record FiguresPage(IReadOnlyList<StockFigures> Figures, string NextToken);

/// <summary>Asks for movements of a SKU, the newest first.</summary>
/// <param name="Sku">The SKU.</param>
/// <param name="Before">Only those with a lower number; null for the newest.</param>
/// <param name="Limit">How many at most.</param>
public sealed record MovementsRequest(string Sku, long? Before, int Limit);

/// <summary>Movements of a SKU.</summary>
/// <param name="Known">False when nothing is known of the SKU.</param>
/// <param name="Movements">The newest first.</param>
/// <param name="More">Whether there are older ones that are kept.</param>
public sealed record MovementsPage(bool Known, IReadOnlyList<Movement> Movements, bool More);
