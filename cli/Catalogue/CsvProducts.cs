using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using NexusCart.Catalog.V1;
using NexusCart.Common.V1;

namespace NexusCart.Cli.Catalogue;

/// <summary>
/// Products as CSV (RFC 4180, UTF-8, header line). Columns: <c>sku</c>, <c>title</c>, <c>price_minor</c> are needed;
/// <c>description</c>, <c>brand</c>, <c>category</c>, <c>currency</c>, <c>active</c>, <c>stock</c>, <c>eans</c> and
/// <c>images</c> (both separated by <c>|</c>) may be there; every column <c>attr:NAME</c> is an attribute.
/// </summary>
internal static class CsvProducts
{
    private const string AttributePrefix = "attr:";

    public static async IAsyncEnumerable<ReadLine> ReadAsync(
        Stream content,
        string currency,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        using var reader = new StreamReader(content, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, 1 << 16, leaveOpen: true);
        using var csv = new CsvReader(reader, new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            PrepareHeaderForMatch = header => header.Header.Trim().ToLowerInvariant(),
            MissingFieldFound = null,
            BadDataFound = null,
        });
        if (!await csv.ReadAsync() || !csv.ReadHeader())
            yield break;

        while (await csv.ReadAsync())
        {
            cancellation.ThrowIfCancellationRequested();
            yield return Parse(csv, currency);
        }
    }

    private static ReadLine Parse(CsvReader csv, string currency)
    {
        var number = (long)csv.Parser.RawRow;
        var sku = Column(csv, "sku");
        try
        {
            return new ReadLine(new ProductRecord(number, Map(csv, sku, currency), Stock(Column(csv, "stock"))), null);
        }
        catch (ProductFormatException e)
        {
            return new ReadLine(null, new RefusedLine(number, sku, e.Field, e.Message));
        }
    }

    private static Product Map(CsvReader csv, string sku, string currency)
    {
        if (!long.TryParse(Column(csv, "price_minor"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var minorUnits))
            throw new ProductFormatException("price_minor", "must be a whole number of minor units");

        var product = new Product
        {
            Sku = sku,
            Title = Column(csv, "title"),
            Description = Column(csv, "description"),
            Brand = Column(csv, "brand"),
            Category = Column(csv, "category"),
            Price = new Money { MinorUnits = minorUnits, Currency = Column(csv, "currency") is { Length: > 0 } own ? own : currency },
            Active = !string.Equals(Column(csv, "active"), "false", StringComparison.OrdinalIgnoreCase),
        };
        product.Eans.AddRange(Split(Column(csv, "eans")));
        product.ImageUrls.AddRange(Split(Column(csv, "images")));

        foreach (var header in csv.HeaderRecord!)
        {
            if (header.StartsWith(AttributePrefix, StringComparison.OrdinalIgnoreCase) && Column(csv, header) is { Length: > 0 } value)
                product.Attributes[header[AttributePrefix.Length..].Trim()] = Attribute(value);
        }

        return product;
    }

    private static AttributeValue Attribute(string value)
    {
        if (bool.TryParse(value, out var flag))
            return new AttributeValue { Flag = flag };
        return double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? new AttributeValue { Number = number }
            : new AttributeValue { Text = value };
    }

    private static int? Stock(string text)
    {
        if (text.Length == 0)
            return null;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var units) || units > 1_000_000)
            throw new ProductFormatException("stock", "must be a whole number from 0 to 1,000,000");
        return units;
    }

    private static string Column(CsvReader csv, string name) =>
        csv.TryGetField<string>(name, out var value) ? value?.Trim() ?? "" : "";

    private static string[] Split(string list) =>
        list.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
