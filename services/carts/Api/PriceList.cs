using Grpc.Core;
using NexusCart.Catalog.V1;

namespace NexusCart.Carts.Api;

/// <summary>Products as the catalogue has them now.</summary>
public sealed class PriceList(Catalog.V1.Catalog.CatalogClient catalog)
{
    /// <summary>The products that are for sale, by SKU.</summary>
    /// <exception cref="RpcException">The catalogue did not answer.</exception>
    public async Task<IReadOnlyDictionary<string, Product>> ReadAsync(
        IReadOnlyCollection<string> skus, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(skus);
        if (skus.Count == 0)
            return new Dictionary<string, Product>();
        var request = new GetProductsRequest();
        request.Skus.AddRange(skus);
        var response = await catalog.GetProductsAsync(request, cancellationToken: cancellationToken);
        return response.Products
            .Where(product => product.Active && product.Price is not null)
            .ToDictionary(product => product.Sku, StringComparer.Ordinal);
    }
}
