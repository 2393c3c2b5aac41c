using System.Text.Json.Nodes;
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
            attributes[name] = value.ValueCase switch
            {
                AttributeValue.ValueOneofCase.Number => JsonValue.Create(value.Number),
                AttributeValue.ValueOneofCase.Flag => JsonValue.Create(value.Flag),
                _ => JsonValue.Create(value.Text),
            };
        }

        return new JsonObject
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
        }.ToJsonString();
    }
}
