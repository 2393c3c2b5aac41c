namespace NexusCart.Catalog.Domain;

/// <summary>
/// How slugs and variants' SKUs stay unique among products that have different writers: a name is claimed first and the product that
/// uses it is written after. A claim whose product does not use it is left over from an edit that came to nothing, and may be taken
/// once no such edit can still be under way.
/// </summary>
public static class Claims
{
    /// <summary>How long a claim stands although its product does not use it: far longer than an edit can take.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    /// <summary>How old a claim may be for its holder to start another edit on it.</summary>
    public static readonly TimeSpan Refresh = TimeSpan.FromMinutes(1);
}
