using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using NexusCart.Catalog.V1;
using NexusCart.Common.V1;

namespace NexusCart.Cli.Catalogue;

/// <summary>
/// Products as JSON Lines, in the shape of the HTTP API (plain attribute values are accepted too, and an optional <c>stock</c>),
/// or in the shape of the Open Icecat export, which is recognised by its <c>id</c> and <c>supplier</c>. Lines with an <c>entry</c> are
/// categories, brands, attribute definitions, price lists and prices.
/// </summary>
internal static class JsonLineProducts
{
    /// <summary>Longer lines are refused rather than read: a product has no megabyte to say.</summary>
    private const int MaxLineLength = 1 << 20;

    private static readonly FrozenSet<string> Structured =
        FrozenSet.Create("slug", "status", "taxClass", "weightGrams", "options", "variants", "media", "related");

    public static async IAsyncEnumerable<ReadLine> ReadAsync(
        Stream content,
        string currency,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        using var reader = new StreamReader(content, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, 1 << 16, leaveOpen: true);
        long number = 0;
        while (await reader.ReadLineAsync(cancellation) is { } text)
        {
            number++;
            if (!string.IsNullOrWhiteSpace(text))
                yield return Parse(number, text, currency);
        }
    }

    private static ReadLine Parse(long number, string text, string currency)
    {
        if (text.Length > MaxLineLength)
            return new ReadLine(null, new RefusedLine(number, "", "", $"the line is longer than {MaxLineLength} characters"));

        var sku = "";
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                throw new ProductFormatException("", "the line is not a JSON object");

            if (EntryLine.IsEntry(root))
                return new ReadLine(null, null, EntryLine.Read(number, root));
            var icecat = !root.TryGetProperty("sku", out _) && root.TryGetProperty("id", out _) && root.TryGetProperty("supplier", out _);
            sku = Text(root, icecat ? "id" : "sku");
            var product = icecat ? IcecatProducts.Map(root, currency) : Own(root, currency);
            return new ReadLine(new ProductRecord(number, product, Stock(root)), null);
        }
        catch (JsonException e)
        {
            return new ReadLine(null, new RefusedLine(number, sku, "", $"not JSON: {e.Message}"));
        }
        catch (ProductFormatException e)
        {
            return new ReadLine(null, new RefusedLine(number, sku, e.Field, e.Message));
        }
    }

    private static Product Own(JsonElement root, string currency)
    {
        var product = new Product
        {
            Sku = Text(root, "sku"),
            Title = Text(root, "title"),
            Description = Text(root, "description"),
            Brand = Text(root, "brand"),
            Category = Text(root, "category"),
            Price = Price(root, currency),
            Active = !root.TryGetProperty("active", out var active) || active.ValueKind != JsonValueKind.False,
        };
        product.ImageUrls.AddRange(Texts(root, "imageUrls"));
        product.Eans.AddRange(Texts(root, "eans"));
        foreach (var member in root.EnumerateObject().Where(member => Structured.Contains(member.Name)))
            product.MergeFrom(EntryLine.Read(member, static json => JsonParser.Default.Parse<Product>(json)));

        if (!root.TryGetProperty("attributes", out var attributes) || attributes.ValueKind == JsonValueKind.Null)
            return product;
        if (attributes.ValueKind != JsonValueKind.Object)
            throw new ProductFormatException("attributes", "must be an object");
        foreach (var attribute in attributes.EnumerateObject())
            product.Attributes[attribute.Name] = Attribute(attribute.Name, attribute.Value);
        return product;
    }

    /// <summary>A plain JSON value, a list of texts, or the API's <c>{"text": …}</c>, <c>{"number": …}</c>, <c>{"flag": …}</c>.</summary>
    internal static AttributeValue Attribute(string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var kind in value.EnumerateObject())
            {
                if (kind.Name is "text" or "number" or "flag")
                    return Attribute(name, kind.Value);
                if (kind.Name is "list" && kind.Value.ValueKind == JsonValueKind.Object)
                    return new AttributeValue { List = new TextList { Values = { Texts(kind.Value, "values") } } };
            }
        }

        return value.ValueKind switch
        {
            JsonValueKind.String => new AttributeValue { Text = value.GetString() },
            JsonValueKind.Number => new AttributeValue { Number = value.GetDouble() },
            JsonValueKind.Array when value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) =>
                new AttributeValue { List = new TextList { Values = { value.EnumerateArray().Select(item => item.GetString()) } } },
            JsonValueKind.True or JsonValueKind.False => new AttributeValue { Flag = value.GetBoolean() },
            _ => throw new ProductFormatException($"attributes.{name}", "must be a text, a number, true/false or a list of texts"),
        };
    }

    private static Money Price(JsonElement root, string currency)
    {
        if (!root.TryGetProperty("price", out var price) || price.ValueKind != JsonValueKind.Object)
            throw new ProductFormatException("price", "must be an object such as {\"minorUnits\": 1299, \"currency\": \"EUR\"}");
        if (!price.TryGetProperty("minorUnits", out var units))
            throw new ProductFormatException("price.minorUnits", "is missing");

        // The API's JSON writes 64-bit numbers as text, hand-written files as numbers.
        long minorUnits;
        var read = units.ValueKind == JsonValueKind.String
            ? long.TryParse(units.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out minorUnits)
            : units.TryGetInt64(out minorUnits);
        if (!read)
            throw new ProductFormatException("price.minorUnits", "must be a whole number of minor units");
        return new Money { MinorUnits = minorUnits, Currency = price.TryGetProperty("currency", out _) ? Text(price, "currency") : currency };
    }

    private static int? Stock(JsonElement root)
    {
        if (!root.TryGetProperty("stock", out var stock) || stock.ValueKind == JsonValueKind.Null)
            return null;
        if (stock.ValueKind != JsonValueKind.Number || !stock.TryGetInt32(out var units) || units is < 0 or > 1_000_000)
            throw new ProductFormatException("stock", "must be a whole number from 0 to 1,000,000");
        return units;
    }

    internal static string Text(JsonElement parent, string name)
    {
        if (!parent.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return "";
        return value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new ProductFormatException(name, "must be a text");
    }

    internal static IEnumerable<string> Texts(JsonElement parent, string name)
    {
        if (!parent.TryGetProperty(name, out var list) || list.ValueKind == JsonValueKind.Null)
            return [];
        if (list.ValueKind != JsonValueKind.Array || list.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String))
            throw new ProductFormatException(name, "must be a list of texts");
        return [.. list.EnumerateArray().Select(item => item.GetString()!)];
    }
}
