using System.Buffers.Text;
using System.Globalization;
using System.Text;
using NexusCart.Catalog.V1;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Values;

namespace NexusCart.Catalog.Api;

/// <summary>A listing's filters, order and facets, read from the request.</summary>
internal sealed class ProductQuery
{
    private const int MaxConditions = 20;
    private const int MaxFacetValues = 100;

    private readonly ListProductsRequest _request;
    private readonly string _brand;
    private readonly Dictionary<string, HashSet<string>> _attributes = new(StringComparer.Ordinal);

    private ProductQuery(ListProductsRequest request, string brand)
    {
        _request = request;
        _brand = brand;
    }

    /// <summary>Whether the products come as they stand on the shelf.</summary>
    public bool IsPlain => _attributes.Count == 0 && _request.Facets.Count == 0 && !HasPrices && _request.Sort is ProductSort.Unspecified;

    /// <summary>Whether a change of a price may change which products there are, or their order.</summary>
    public bool DependsOnPrices => HasPrices || _request.Sort is ProductSort.PriceAscending or ProductSort.PriceDescending;

    private bool HasPrices => _request.HasMinPrice || _request.HasMaxPrice;

    /// <param name="request">The request.</param>
    /// <param name="brand">The name of the brand it asks for; empty for all.</param>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: a field is wrong.</exception>
    public static ProductQuery Read(ListProductsRequest request, string brand)
    {
        var query = new ProductQuery(request, brand);
        var violations = new Violations();
        if (query.HasPrices)
            violations.Check(request.Currency.Length > 0, "currency", "is needed where there are price bounds");
        violations.Check(request.Attributes.Count <= MaxConditions, "attributes", $"must be at most {MaxConditions}");
        violations.Check(request.Facets.Count <= MaxConditions, "facets", $"must be at most {MaxConditions}");
        violations.Check(Enum.IsDefined(request.Sort), "sort", "is none of the orders");
        for (var i = 0; i < request.Attributes.Count; i++)
        {
            var colon = request.Attributes[i].IndexOf(':', StringComparison.Ordinal);
            if (!violations.Check(colon > 0, $"attributes[{i}]", "must be \"name:value\""))
                continue;
            var (name, value) = (request.Attributes[i][..colon], request.Attributes[i][(colon + 1)..]);
            if (!query._attributes.TryGetValue(name, out var values))
                query._attributes[name] = values = new HashSet<string>(StringComparer.Ordinal);
            values.Add(value);
        }

        violations.ThrowIfAny();
        return query;
    }

    /// <summary>Filters, counts, sorts and cuts a page out.</summary>
    /// <param name="shelf">Active products in SKU order.</param>
    /// <param name="price">Puts the price on that holds for the caller.</param>
    /// <param name="size">The most products of the page.</param>
    public ListProductsResponse Page(IEnumerable<Product> shelf, Func<Product, Product> price, int size)
    {
        var found = shelf.Select(price).Where(Fits).ToList();
        var answer = new ListProductsResponse { TotalCount = found.Count };
        answer.Facets.AddRange(_request.Facets.Select(name => Count(name, found)));
        if (_request.Sort is not ProductSort.Unspecified)
            found.Sort((left, right) => Compare(KeyOf(left), left.Sku, KeyOf(right), right.Sku));

        var (key, sku) = ReadToken(_request.PageToken);
        var rest = sku.Length == 0 ? found : found.Where(product => Compare(KeyOf(product), product.Sku, key, sku) > 0);
        foreach (var product in rest)
        {
            if (answer.Products.Count == size)
            {
                answer.NextPageToken = TokenOf(answer.Products[^1]);
                break;
            }

            answer.Products.Add(product);
        }

        return answer;
    }

    private bool Fits(Product product)
    {
        if (_brand.Length > 0 && !string.Equals(product.Brand, _brand, StringComparison.OrdinalIgnoreCase))
            return false;
        if (HasPrices && (product.Price.Currency != _request.Currency
            || (_request.HasMinPrice && product.Price.MinorUnits < _request.MinPrice)
            || (_request.HasMaxPrice && product.Price.MinorUnits > _request.MaxPrice)))
        {
            return false;
        }

        return _attributes.All(wanted => ValuesOf(product, wanted.Key).Any(wanted.Value.Contains));
    }

    /// <summary>The values of an attribute, or of an option among the variants, as texts.</summary>
    private static IEnumerable<string> ValuesOf(Product product, string name)
    {
        IEnumerable<string> own = !product.Attributes.TryGetValue(name, out var value) ? [] : value.ValueCase switch
        {
            AttributeValue.ValueOneofCase.Number => [value.Number.ToString(CultureInfo.InvariantCulture)],
            AttributeValue.ValueOneofCase.Flag => [value.Flag ? "true" : "false"],
            AttributeValue.ValueOneofCase.List => value.List.Values,
            _ => [value.Text],
        };
        return product.Variants.Count == 0
            ? own
            : own.Concat(product.Variants.Select(variant => variant.Options.GetValueOrDefault(name)).OfType<string>());
    }

    private static Facet Count(string name, List<Product> products)
    {
        var counts = products.SelectMany(product => ValuesOf(product, name).Distinct(StringComparer.Ordinal)).CountBy(value => value, StringComparer.Ordinal);
        var facet = new Facet { Attribute = name };
        facet.Values.AddRange(counts
            .OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal)
            .Take(MaxFacetValues)
            .Select(entry => new FacetValue { Value = entry.Key, ProductCount = entry.Value }));
        return facet;
    }

    /// <summary>What products are sorted by; numbers as texts that sort like them.</summary>
    private string KeyOf(Product product) => _request.Sort switch
    {
        ProductSort.PriceAscending => product.Price.MinorUnits.ToString("D19", CultureInfo.InvariantCulture),
        ProductSort.PriceDescending => (long.MaxValue - product.Price.MinorUnits).ToString("D19", CultureInfo.InvariantCulture),
        ProductSort.Newest => (long.MaxValue - product.UpdatedAt.ToDateTimeOffset().UtcTicks).ToString("D19", CultureInfo.InvariantCulture),
        ProductSort.Title => product.Title.ToUpperInvariant(),
        _ => "",
    };

    private static int Compare(string key, string sku, string otherKey, string otherSku) =>
        string.CompareOrdinal(key, otherKey) is var byKey and not 0 ? byKey : string.CompareOrdinal(sku, otherSku);

    /// <summary>Where the page ended: the last product's key and SKU, so that a page stays right when products come and go.</summary>
    private string TokenOf(Product last) => _request.Sort is ProductSort.Unspecified
        ? last.Sku
        : Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{last.Sku}\n{KeyOf(last)}"));

    private (string Key, string Sku) ReadToken(string token)
    {
        if (token.Length == 0 || _request.Sort is ProductSort.Unspecified)
            return token.Length == 0 || Identifiers.IsSku(token) ? ("", token) : throw WrongToken();
        if (!Base64Url.IsValid(token))
            throw WrongToken();
        var text = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token));
        return text.IndexOf('\n', StringComparison.Ordinal) is > 0 and var end ? (text[(end + 1)..], text[..end]) : throw WrongToken();
    }

    private static Grpc.Core.RpcException WrongToken() => Refusal.Invalid("pageToken", "must be the nextPageToken of the page before");
}
