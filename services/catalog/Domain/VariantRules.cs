using NexusCart.Platform.Values;

namespace NexusCart.Catalog.Domain;

/// <summary>What options and variants must be: every variant has one value of every option, and no two have the same.</summary>
internal static class VariantRules
{
    private const int MaxOptions = 5;
    private const int MaxOptionName = 50;
    private const int MaxOptionValues = 100;
    private const int MaxOptionValue = 100;
    private const int MaxVariants = 250;
    private const int MaxEans = 20;

    public static ProductFault? Check(Product product)
    {
        var options = product.Options ?? [];
        var variants = product.Variants ?? [];
        if (options.Count > 0 != variants.Count > 0)
            return variants.Count == 0 ? new("variants", "must be there where there are options") : new("options", "must be there where there are variants");
        if (CheckOptions(options) is { } fault)
            return fault;
        if (variants.Count > MaxVariants)
            return new("variants", $"must be at most {MaxVariants}");

        var skus = new HashSet<string>(StringComparer.Ordinal) { product.Sku };
        var combinations = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < variants.Count; i++)
        {
            if (CheckVariant(variants[i], options, $"variants[{i}]") is { } wrong)
                return wrong;
            if (!skus.Add(variants[i].Sku))
                return new($"variants[{i}].sku", "must be another SKU than the product's and than every other variant's");
            if (!combinations.Add(string.Join('\n', options.Select(option => variants[i].Options[option.Name]))))
                return new($"variants[{i}].options", "must differ from every other variant's");
        }

        return null;
    }

    private static ProductFault? CheckOptions(IReadOnlyList<ProductOption> options)
    {
        if (options.Count > MaxOptions)
            return new("options", $"must be at most {MaxOptions}");
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < options.Count; i++)
        {
            var (name, values) = options[i];
            if (string.IsNullOrWhiteSpace(name) || name.Length > MaxOptionName || !names.Add(name))
                return new($"options[{i}].name", $"must be 1 to {MaxOptionName} characters, another for each option");
            if (values.Count is 0 or > MaxOptionValues || values.Any(value => string.IsNullOrWhiteSpace(value) || value.Length > MaxOptionValue || value.Contains('\n')))
                return new($"options[{i}].values", $"must be 1 to {MaxOptionValues} texts of 1 to {MaxOptionValue} characters on one line");
            if (values.Distinct(StringComparer.Ordinal).Count() != values.Count)
                return new($"options[{i}].values", "must be all different");
        }

        return null;
    }

    private static ProductFault? CheckVariant(Variant variant, IReadOnlyList<ProductOption> options, string field)
    {
        if (!Identifiers.IsSku(variant.Sku))
            return new($"{field}.sku", $"must be 1 to {Identifiers.MaxLength} letters, digits, dots, underscores or hyphens");
        foreach (var option in options)
        {
            if (!variant.Options.TryGetValue(option.Name, out var value) || !option.Values.Contains(value, StringComparer.Ordinal))
                return new($"{field}.options.{option.Name}", $"must be one of: {string.Join(", ", option.Values.Take(20))}");
        }

        if (variant.Options.Keys.FirstOrDefault(name => options.All(option => option.Name != name)) is { } unknown)
            return new($"{field}.options.{unknown}", "is none of the product's options");
        if (variant.PriceMinorUnits is < 0 or > ProductRules.MaxPrice)
            return new($"{field}.price.minorUnits", $"must be 0 to {ProductRules.MaxPrice}");
        if (variant.WeightGrams is < 0 or > ProductRules.MaxWeight)
            return new($"{field}.weightGrams", $"must be 0 to {ProductRules.MaxWeight}");
        return MediaRules.Check(variant.Media, $"{field}.media") ?? ProductRules.CheckEans(variant.Eans ?? [], $"{field}.eans", MaxEans);
    }
}
