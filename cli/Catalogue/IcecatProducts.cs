using System.Text;
using System.Text.Json;
using NexusCart.Catalog.V1;
using NexusCart.Common.V1;

namespace NexusCart.Cli.Catalogue;

/// <summary>
/// Maps a line of the Open Icecat product export (as used by the querqy/chorus project): <c>id</c>, <c>title</c>, <c>supplier</c>,
/// <c>price</c> in minor units, <c>attr_t_*</c> texts, <c>attr_n_*</c> numbers and <c>attr_b_*</c> flags.
/// </summary>
internal static class IcecatProducts
{
    private const string Root = "electronics";

    public static Product Map(JsonElement root, string currency)
    {
        if (!root.TryGetProperty("price", out var price) || price.ValueKind != JsonValueKind.Number || !price.TryGetInt64(out var minorUnits))
            throw new ProductFormatException("price", "must be a whole number of minor units");

        var product = new Product
        {
            Sku = JsonLineProducts.Text(root, "id"),
            Title = JsonLineProducts.Text(root, "title"),
            Description = JsonLineProducts.Text(root, "short_description"),
            Brand = JsonLineProducts.Text(root, "supplier"),
            Category = Category(JsonLineProducts.Text(root, "attr_t_product_type")),
            Price = new Money { MinorUnits = minorUnits, Currency = currency },
            Active = true,
        };
        product.Eans.AddRange(JsonLineProducts.Texts(root, "ean"));
        product.Attributes["model"] = new AttributeValue { Text = JsonLineProducts.Text(root, "name") };
        if (JsonLineProducts.Text(root, "img_500x500") is { Length: > 0 } image)
            product.ImageUrls.Add(image);

        foreach (var member in root.EnumerateObject())
        {
            if (member.Name.Length > 7 && member.Name.StartsWith("attr_", StringComparison.Ordinal) && member.Name[6] == '_')
                product.Attributes[member.Name[7..]] = JsonLineProducts.Attribute(member.Name[7..], member.Value);
        }

        return product;
    }

    // The export has no category tree; the product type is the only classification it gives.
    private static string Category(string productType)
    {
        var slug = new StringBuilder();
        foreach (var c in productType.ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(c))
                slug.Append(c);
            else if (slug.Length > 0 && slug[^1] != '-')
                slug.Append('-');
        }

        var name = slug.ToString().Trim('-');
        return name.Any(char.IsAsciiLetter) ? $"{Root}/{name}" : $"{Root}/other";
    }
}
