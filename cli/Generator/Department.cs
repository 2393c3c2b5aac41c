namespace NexusCart.Cli.Generator;

/// <summary>A department of the demo shop: what its products are called, cost and are made of.</summary>
/// <param name="Category">Category path.</param>
/// <param name="Code">Three letters that begin its SKUs.</param>
/// <param name="Noun">What a product is.</param>
/// <param name="MinPrice">Cheapest, in cents.</param>
/// <param name="MaxPrice">Dearest, in cents.</param>
/// <param name="Brands">Made-up brands.</param>
/// <param name="Series">Model families.</param>
/// <param name="Traits">What tells two products of a family apart.</param>
/// <param name="Pitch">What the description says of it.</param>
internal sealed record Department(
    string Category,
    string Code,
    string Noun,
    int MinPrice,
    int MaxPrice,
    string[] Brands,
    string[] Series,
    Trait[] Traits,
    string[] Pitch);

/// <summary>One attribute and the values it may have.</summary>
internal abstract record Trait(string Name);

/// <summary>A choice of words; <paramref name="InTitle"/> puts it into the title.</summary>
internal sealed record Choice(string Name, string[] Values, bool InTitle = false) : Trait(Name);

/// <summary>A number in steps, with its unit.</summary>
internal sealed record Measure(string Name, double Min, double Max, double Step, string Unit, bool InTitle = false) : Trait(Name);

/// <summary>Yes or no.</summary>
internal sealed record Flag(string Name, int Percent) : Trait(Name);
