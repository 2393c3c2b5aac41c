namespace NexusCart.Catalog.Domain.Structure;

/// <summary>What the values of an attribute are.</summary>
public enum AttributeKind
{
    /// <summary>A text.</summary>
    Text,

    /// <summary>A number in the definition's unit.</summary>
    Number,

    /// <summary>True or false.</summary>
    Flag,

    /// <summary>One of the definition's values.</summary>
    Choice,

    /// <summary>Texts; where the definition has values, of these.</summary>
    List,
}

/// <summary>What an attribute may be.</summary>
/// <param name="Name">The attribute.</param>
/// <param name="Label">For people.</param>
/// <param name="Kind">What its values are.</param>
/// <param name="Unit">Of a number; empty where it has none.</param>
/// <param name="Minimum">The least number.</param>
/// <param name="Maximum">The greatest number.</param>
/// <param name="Values">What it may be, in the order they are shown; empty where that is free.</param>
/// <param name="Required">Whether an active product must have it.</param>
/// <param name="RequiredIn">The category it is required in and below; empty for all.</param>
/// <param name="Deleted">Whether it was taken away.</param>
/// <param name="Version">1 for the first, one more with each change.</param>
/// <param name="UpdatedAt">When it last changed.</param>
public sealed record AttributeDefinition(
    string Name,
    string Label,
    AttributeKind Kind,
    string Unit,
    double? Minimum,
    double? Maximum,
    IReadOnlyList<string> Values,
    bool Required,
    string RequiredIn,
    bool Deleted,
    long Version,
    DateTimeOffset UpdatedAt) : CatalogEntry(Version, UpdatedAt)
{
    private const int MaxName = 100;
    private const int MaxLabel = 200;
    private const int MaxUnit = 20;
    private const int MaxValues = 500;
    private const int MaxValue = 200;

    /// <summary>The first rule the definition breaks, or null when it is fine.</summary>
    public ProductFault? Check()
    {
        if (string.IsNullOrWhiteSpace(Name) || Name.Length > MaxName)
            return new("name", $"must be 1 to {MaxName} characters");
        if (string.IsNullOrWhiteSpace(Label) || Label.Length > MaxLabel)
            return new("definition.label", $"must be 1 to {MaxLabel} characters");
        if (Unit.Length > MaxUnit || (Unit.Length > 0 && Kind is not AttributeKind.Number))
            return new("definition.unit", $"must be at most {MaxUnit} characters, and only a NUMBER has one");
        if ((Minimum ?? Maximum) is not null && Kind is not AttributeKind.Number)
            return new(Minimum is null ? "definition.maximum" : "definition.minimum", "only a NUMBER has one");
        if (Minimum is { } least && !double.IsFinite(least))
            return new("definition.minimum", "must be a finite number");
        if (Maximum is { } most && (!double.IsFinite(most) || most < Minimum))
            return new("definition.maximum", "must be a finite number, and not below the minimum");
        return CheckValues();
    }

    /// <summary>The rule that a value breaks, or null when it is fine; for people.</summary>
    public string? Judge(ProductAttribute value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Kind switch
        {
            AttributeKind.Text => value.Text is null ? "must be a text" : null,
            AttributeKind.Number when value.Number is not { } number => Unit.Length == 0 ? "must be a number" : $"must be a number of {Unit}",
            AttributeKind.Number when value.Number < Minimum || value.Number > Maximum => Bounds(),
            AttributeKind.Flag => value.Flag is null ? "must be true or false" : null,
            AttributeKind.Choice => value.Text is { } text && Values.Contains(text, StringComparer.Ordinal) ? null : $"must be one of: {Choices()}",
            AttributeKind.List when value.List is not { } list => "must be a list of texts",
            AttributeKind.List when Values.Count > 0 && value.List.Any(item => !Values.Contains(item, StringComparer.Ordinal)) => $"must be of these: {Choices()}",
            _ => null,
        };
    }

    /// <inheritdoc/>
    public override bool SameContentAs(CatalogEntry other) =>
        other is AttributeDefinition definition && definition.Name == Name && definition.Label == Label && definition.Kind == Kind
        && definition.Unit == Unit && definition.Minimum == Minimum && definition.Maximum == Maximum && definition.Required == Required
        && definition.RequiredIn == RequiredIn && definition.Deleted == Deleted && Same.Lists(definition.Values, Values);

    private ProductFault? CheckValues()
    {
        if (Values.Count > 0 && Kind is not (AttributeKind.Choice or AttributeKind.List))
            return new("definition.values", "only an ENUM or a LIST has any");
        if (Values.Count == 0 && Kind is AttributeKind.Choice)
            return new("definition.values", "an ENUM must have at least one");
        if (Values.Count > MaxValues || Values.Any(value => string.IsNullOrWhiteSpace(value) || value.Length > MaxValue))
            return new("definition.values", $"must be at most {MaxValues} texts of 1 to {MaxValue} characters");
        return Values.Distinct(StringComparer.Ordinal).Count() == Values.Count ? null : new("definition.values", "must be all different");
    }

    private string Bounds() => (Minimum, Maximum) switch
    {
        ({ } least, { } most) => FormattableString.Invariant($"must be {least} to {most} {Unit}").TrimEnd(),
        ({ } least, null) => FormattableString.Invariant($"must be at least {least} {Unit}").TrimEnd(),
        var (_, most) => FormattableString.Invariant($"must be at most {most} {Unit}").TrimEnd(),
    };

    private string Choices() => string.Join(", ", Values.Take(20)) + (Values.Count > 20 ? ", …" : "");
}

/// <summary>Holds products to the definitions of their attributes.</summary>
public static class AttributeRules
{
    /// <summary>The first attribute that breaks its definition, or null when all are fine. Names without a definition are free.</summary>
    public static ProductFault? Check(Product product, IReadOnlyDictionary<string, AttributeDefinition> definitions)
    {
        ArgumentNullException.ThrowIfNull(product);
        ArgumentNullException.ThrowIfNull(definitions);
        foreach (var (name, value) in product.Attributes)
        {
            if (definitions.TryGetValue(name, out var definition) && definition.Judge(value) is { } reason)
                return new($"attributes.{name}", reason);
        }

        if (!product.Active)
            return null;
        foreach (var definition in definitions.Values)
        {
            if (definition.Required && !product.Attributes.ContainsKey(definition.Name) && IsIn(product.Category, definition.RequiredIn))
                return new($"attributes.{definition.Name}", "is needed before the product can be active");
        }

        return null;
    }

    private static bool IsIn(string category, string ancestor) =>
        ancestor.Length == 0 || category == ancestor || category.StartsWith(ancestor + "/", StringComparison.Ordinal);
}
