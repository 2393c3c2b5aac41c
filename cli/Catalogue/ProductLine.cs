using System.Text.Json.Nodes;
using Google.Protobuf;
using NexusCart.Catalog.V1;

namespace NexusCart.Cli.Catalogue;

/// <summary>Writes a product as the line that <c>import</c> reads.</summary>
internal static class ProductLine
{
    public static string Write(ProductRecord record)
    {
        var product = record.Product;
        var attributes = new JsonObject();
        foreach (var (name, value) in product.Attributes.OrderBy(attribute => attribute.Key, StringComparer.Ordinal))
        {
            attributes[name] = (JsonNode?)(value.ValueCase switch
            {
                AttributeValue.ValueOneofCase.Number => JsonValue.Create(value.Number),
                AttributeValue.ValueOneofCase.Flag => JsonValue.Create(value.Flag),
                AttributeValue.ValueOneofCase.List => new JsonArray([.. value.List.Values.Select(item => (JsonNode)item)]),
                _ => JsonValue.Create(value.Text),
            });
        }

        var line = new JsonObject
        {
            ["sku"] = product.Sku,
            ["title"] = product.Title,
            ["description"] = product.Description,
            ["brand"] = product.Brand,
            ["category"] = product.Category,
            ["price"] = new JsonObject { ["minorUnits"] = product.Price.MinorUnits, ["currency"] = product.Price.Currency },
            ["attributes"] = attributes,
            ["eans"] = new JsonArray([.. product.Eans.Select(ean => JsonValue.Create(ean))]),
            ["imageUrls"] = new JsonArray([.. product.ImageUrls.Select(url => JsonValue.Create(url))]),
            ["active"] = product.Active,
            ["stock"] = record.Stock,
        };
        foreach (var (name, value) in JsonNode.Parse(JsonFormatter.Default.Format(Rest(product)))!.AsObject())
            line[name] = value!.DeepClone();
        return line.ToJsonString();
    }

    /// <summary>What is written just as the API takes it, and only where there is any.</summary>
    private static Product Rest(Product product) => new()
    {
        Slug = product.Slug,
        Status = product.Status,
        TaxClass = product.TaxClass,
        WeightGrams = product.WeightGrams,
        Options = { product.Options },
        Variants = { product.Variants },
        Media = { product.Media },
        Related = { product.Related },
    };
}
