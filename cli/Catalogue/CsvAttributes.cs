using System.Globalization;
using NexusCart.Catalog.V1;

namespace NexusCart.Cli.Catalogue;

/// <summary>Columns <c>attr:NAME</c> and <c>attr:NAME:TYPE</c> of a product file.</summary>
internal static class CsvAttributes
{
    private const string Prefix = "attr:";

    public static bool IsColumn(string header) => header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>Puts a value on a product.</summary>
    /// <exception cref="ProductFormatException">It is not of the type that the header says.</exception>
    public static void Add(Product product, string header, string text)
    {
        var name = header[Prefix.Length..].Trim();
        // A name may have colons of its own; only these four words behind the last are types.
        var colon = name.LastIndexOf(':');
        var type = colon > 0 ? name[(colon + 1)..].Trim().ToLowerInvariant() : "";
        AttributeValue? value = type switch
        {
            "text" => new AttributeValue { Text = text },
            "number" => new AttributeValue { Number = Number(text) ?? throw Wrong("must be a number") },
            "flag" => new AttributeValue { Flag = bool.TryParse(text, out var flag) ? flag : throw Wrong("must be true or false") },
            "list" => new AttributeValue { List = new TextList { Values = { text.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) } } },
            _ => null,
        };
        product.Attributes[value is null ? name : name[..colon].Trim()] = value ?? Guess(text);

        ProductFormatException Wrong(string reason) => new(header, reason);
    }

    private static AttributeValue Guess(string text)
    {
        if (bool.TryParse(text, out var flag))
            return new AttributeValue { Flag = flag };
        return Number(text) is { } number ? new AttributeValue { Number = number } : new AttributeValue { Text = text };
    }

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
}
