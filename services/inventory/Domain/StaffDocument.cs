namespace NexusCart.Inventory.Domain;

/// <summary>An adjustment, transfer or return as far as it concerns one partition; remembered for ever, so that it happens once.</summary>
/// <param name="Kind">Which of them.</param>
/// <param name="Id">Its id.</param>
/// <param name="Content">What it said, so that the same id with other content is noticed.</param>
/// <param name="Units">What was answered.</param>
public sealed record StaffDocument(MovementKind Kind, string Id, string Content, long Units);

/// <summary>Units that a customer sent back.</summary>
/// <param name="Sku">The SKU.</param>
/// <param name="Warehouse">Where they arrived.</param>
/// <param name="Quantity">1 to 1,000,000.</param>
/// <param name="Scrap">Thrown away instead of being for sale again.</param>
public sealed record ReturnedUnits(string Sku, string Warehouse, int Quantity, bool Scrap);
