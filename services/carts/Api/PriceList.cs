using Grpc.Core;
using NexusCart.Catalog.V1;
using NexusCart.Platform.Calls;

namespace NexusCart.Carts.Api;

/// <summary>Products as the catalogue has them now.</summary>
public sealed class PriceList(Catalog.V1.Catalog.CatalogClient catalog)
{
    /// <summary>The products that are for sale, by SKU, at the prices of the customer's group.</summary>
    /// <exception cref="RpcException">The catalogue did not answer.</exception>
    public async Task<IReadOnlyDictionary<string, Product>> ReadAsync(
        IReadOnlyCollection<string> skus, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(skus);
        if (skus.Count == 0)
            return new Dictionary<string, Product>();
        var request = new GetProductsRequest();
        request.Skus.AddRange(skus);
        var response = await catalog.GetProductsAsync(request, context.OnBehalfOfUser());
        return response.Products
            .Where(product => product.Active && product.Price is not null)
            .ToDictionary(product => product.Sku, StringComparer.Ordinal);
    }
}
