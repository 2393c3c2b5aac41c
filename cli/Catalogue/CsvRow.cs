using System.Globalization;
using CsvHelper;
using NexusCart.Catalog.V1;
using NexusCart.Common.V1;

namespace NexusCart.Cli.Catalogue;

/// <summary>
/// One row of a product file. Of a product <c>sku</c>, <c>title</c> and <c>price_minor</c> are needed; <c>description</c>, <c>brand</c>,
/// <c>category</c>, <c>currency</c>, <c>status</c> (draft, active, archived; before it was there: <c>active</c>), <c>slug</c>,
/// <c>tax_class</c>, <c>weight_grams</c>, <c>stock</c> and lists separated by <c>|</c> may be there: <c>eans</c>, <c>images</c>,
/// <c>media</c> (an address, a kind before it and what there is to see behind it if need be: <c>video https://… How it folds</c>) and
/// <c>related</c> (a SKU, with a kind before it if need be: <c>accessory:BULB-1</c>). Every column <c>attr:NAME</c> is an attribute, of
/// the type that its value looks like, or of the one that the header ends in: <c>:text</c>, <c>:number</c>, <c>:flag</c>, <c>:list</c>.
/// Of a variant <c>sku</c>, <c>variant_of</c> and its options, columns <c>option:NAME</c>, are needed; <c>price_minor</c>,
/// <c>weight_grams</c>, <c>status</c>, <c>stock</c>, <c>eans</c>, <c>images</c> and <c>media</c> may be there.
/// </summary>
internal sealed class CsvRow
{
    public const string VariantOfColumn = "variant_of";
    private const string OptionPrefix = "option:";

    private readonly Dictionary<string, string> _columns = new(StringComparer.Ordinal);
    private readonly string _currency;

    public CsvRow(CsvReader csv, string currency)
    {
        _currency = currency;
        Line = csv.Parser.RawRow;
        var headers = csv.HeaderRecord!;
        for (var i = 0; i < headers.Length; i++)
        {
            var name = headers[i].Trim();
            // The names of attributes and options are the shop's, and keep their case.
            if (csv.TryGetField<string>(i, out var value) && value?.Trim() is { Length: > 0 } text)
                _columns.TryAdd(CsvAttributes.IsColumn(name) || IsOption(name) ? name : name.ToLowerInvariant(), text);
        }
    }

    /// <summary>Where it stands in the file, from 1.</summary>
    public long Line { get; }

    public string Sku => Column("sku");

    public string VariantOf => Column(VariantOfColumn);

    public int? Stock => Whole("stock", 1_000_000);

    /// <exception cref="ProductFormatException">A column is wrong.</exception>
    public Product ToProduct()
    {
        var status = Status();
        var product = new Product
        {
            Sku = Sku,
            Title = Column("title"),
            Description = Column("description"),
            Brand = Column("brand"),
            Category = Column("category"),
            Price = Price() ?? throw new ProductFormatException("price_minor", "is needed"),
            Status = status,
            Active = status is ProductStatus.Active || (status is ProductStatus.Unspecified && !IsFalse("active")),
            Slug = Column("slug"),
            TaxClass = Column("tax_class"),
            WeightGrams = Whole("weight_grams", int.MaxValue) ?? 0,
        };
        product.Eans.AddRange(Items("eans"));
        product.ImageUrls.AddRange(Items("images"));
        product.Media.AddRange(MediaItems());
        product.Related.AddRange(Items("related").Select(RelatedOf));
        foreach (var (name, value) in _columns.Where(column => CsvAttributes.IsColumn(column.Key)))
            CsvAttributes.Add(product, name, value);
        return product;
    }

    /// <summary>A variant of a product, whose options come to know its values.</summary>
    /// <exception cref="ProductFormatException">A column is wrong.</exception>
    public Variant ToVariant(Product product)
    {
        var variant = new Variant
        {
            Sku = Sku,
            Price = Price(product.Price.Currency),
            WeightGrams = Whole("weight_grams", int.MaxValue) ?? 0,
            Status = Status(),
        };
        variant.Eans.AddRange(Items("eans"));
        variant.Media.AddRange(Items("images").Select(url => new Media { Url = url, Kind = MediaKind.Image }).Concat(MediaItems()));
        foreach (var (name, value) in _columns.Where(column => IsOption(column.Key)))
            variant.Options[name[OptionPrefix.Length..].Trim()] = value;
        if (variant.Options.Count == 0)
            throw new ProductFormatException(OptionPrefix + "NAME", "a variant needs a value of each option, in columns option:NAME");
        foreach (var (name, value) in variant.Options)
        {
            var option = product.Options.FirstOrDefault(known => known.Name == name);
            if (option is null)
                product.Options.Add(option = new ProductOption { Name = name });
            if (!option.Values.Contains(value))
                option.Values.Add(value);
        }

        return variant;
    }

    private static bool IsOption(string header) => header.StartsWith(OptionPrefix, StringComparison.OrdinalIgnoreCase);

    private string Column(string name) => _columns.GetValueOrDefault(name, "");

    private bool IsFalse(string name) => string.Equals(Column(name), "false", StringComparison.OrdinalIgnoreCase);

    private string[] Items(string name) => Column(name).Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private Money? Price(string? currency = null)
    {
        var text = Column("price_minor");
        if (text.Length == 0)
            return null;
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var minorUnits))
            throw new ProductFormatException("price_minor", "must be a whole number of minor units");
        return new Money { MinorUnits = minorUnits, Currency = Column("currency") is { Length: > 0 } own ? own : currency ?? _currency };
    }

    private int? Whole(string name, int most)
    {
        if (Column(name) is not { Length: > 0 } text)
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most
            ? number
            : throw new ProductFormatException(name, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from 0 to {most:N0}"));
    }

    private ProductStatus Status() => Column("status") is { Length: > 0 } text
        ? Named<ProductStatus>("status", text)
        : ProductStatus.Unspecified;

    private IEnumerable<Media> MediaItems() => Items("media").Select(text =>
    {
        var words = text.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var kind = MediaKind.Image;
        if (words.Length == 2 && !words[0].Contains(':', StringComparison.Ordinal))
        {
            kind = Named<MediaKind>("media", words[0]);
            words = words[1].Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        }

        return new Media { Url = words[0], Alt = words.Length == 2 ? words[1] : "", Kind = kind };
    });

    private static RelatedProduct RelatedOf(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0
            ? new RelatedProduct { Sku = text, Kind = RelationKind.Similar }
            : new RelatedProduct { Sku = text[(colon + 1)..].Trim(), Kind = Named<RelationKind>("related", text[..colon].Trim()) };
    }

    /// <summary>A value of an enumeration by its name, in upper or lower case, "spare_part" and "spare part" alike.</summary>
    private static T Named<T>(string column, string text)
        where T : struct, Enum
    {
        var name = text.Replace("_", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
        return name.All(char.IsAsciiLetter) && Enum.TryParse<T>(name, ignoreCase: true, out var value) && Convert.ToInt32(value, CultureInfo.InvariantCulture) > 0
            ? value
            : throw new ProductFormatException(column, $"'{text}' is none of {string.Join(", ", Enum.GetNames<T>().Skip(1)).ToLowerInvariant()}");
    }
}
