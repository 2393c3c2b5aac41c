using Grpc.Core;
using NexusCart.Carts.Domain;
using NexusCart.Catalog.V1;
using NexusCart.Platform.Calls;

namespace NexusCart.Carts.Api;

/// <summary>Products as the catalogue has them now. Which price holds is for the catalogue to say.</summary>
public sealed class PriceList(Catalog.V1.Catalog.CatalogClient catalog)
{
    /// <summary>
    /// The products that are for sale, by SKU, at the prices that hold for so many units, in the currency and for the customer's group, by
    /// his token. One that has no price in the currency comes with its price in another.
    /// </summary>
    /// <param name="currency">ISO 4217.</param>
    /// <param name="lines">What is asked about; no SKU twice.</param>
    /// <param name="context">The customer's call.</param>
    /// <exception cref="RpcException">The catalogue did not answer.</exception>
    public async Task<IReadOnlyDictionary<string, Product>> ReadAsync(
        string currency, IReadOnlyCollection<CartItem> lines, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(lines);
        if (lines.Count == 0)
            return new Dictionary<string, Product>();
        var request = new GetProductsRequest { Currency = currency };
        foreach (var line in lines)
        {
            request.Skus.Add(line.Sku);
            request.Quantities[line.Sku] = line.Quantity;
        }

        var response = await catalog.GetProductsAsync(request, context.OnBehalfOfUser());
        return response.Products
            .Where(product => product.Active && product.Price is not null)
            .ToDictionary(product => product.Sku, StringComparer.Ordinal);
    }
}
