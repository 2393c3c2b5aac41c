namespace NexusCart.Inventory.Domain;

/// <summary>A place that holds stock.</summary>
/// <param name="Id"><c>[A-Za-z0-9_-]{1,64}</c>.</param>
/// <param name="Name">For people; up to 100 characters.</param>
/// <param name="Country">Where it lies: ISO 3166-1 alpha-2; empty when that was never said.</param>
/// <param name="Priority">Which gives first where nothing else decides: 0 to 10,000, the lowest first.</param>
/// <param name="Active">An inactive one keeps its stock, but sells and takes in nothing.</param>
/// <param name="Version">Grows by one with each change.</param>
public sealed record Warehouse(string Id, string Name, string Country, int Priority, bool Active, long Version)
{
    /// <summary>Where stock lies of which nobody said where: all of it, before there were warehouses.</summary>
    public const string DefaultId = "main";

    /// <summary>The default warehouse as long as nobody has described it.</summary>
    public static Warehouse Default { get; } = new(DefaultId, "Main", "", 100, Active: true, Version: 0);
}
