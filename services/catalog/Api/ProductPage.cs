using NexusCart.Catalog.V1;

namespace NexusCart.Catalog.Api;

/// <summary>Cuts a page out of products in SKU order. The token is the last SKU shown, so a page stays right when products come and go.</summary>
internal static class ProductPage
{
    public static ListProductsResponse Cut(IReadOnlyList<Product> shelf, string brand, string after, int size)
    {
        var answer = new ListProductsResponse();
        var start = after.Length == 0 ? 0 : FirstBehind(shelf, after);
        if (brand.Length == 0)
        {
            answer.TotalCount = shelf.Count;
            for (var i = start; i < shelf.Count && answer.Products.Count < size; i++)
                answer.Products.Add(shelf[i]);
            if (start + size < shelf.Count)
                answer.NextPageToken = answer.Products[^1].Sku;
            return answer;
        }

        var more = false;
        for (var i = 0; i < shelf.Count; i++)
        {
            if (!string.Equals(shelf[i].Brand, brand, StringComparison.OrdinalIgnoreCase))
                continue;
            answer.TotalCount++;
            if (i < start)
                continue;
            if (answer.Products.Count < size)
                answer.Products.Add(shelf[i]);
            else
                more = true;
        }

        if (more)
            answer.NextPageToken = answer.Products[^1].Sku;
        return answer;
    }

    private static int FirstBehind(IReadOnlyList<Product> shelf, string sku)
    {
        var (low, high) = (0, shelf.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (string.CompareOrdinal(shelf[middle].Sku, sku) <= 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
