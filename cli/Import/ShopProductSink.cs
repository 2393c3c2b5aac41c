using Grpc.Core;
using NexusCart.Catalog.V1;
using NexusCart.Cli.Catalogue;
using NexusCart.Cli.Shop;
using NexusCart.Inventory.V1;

namespace NexusCart.Cli.Import;

/// <summary>The shop behind its gateway; what is unknown (a timeout, a restart) is asked again, since every call is idempotent.</summary>
public sealed class ShopProductSink(ShopClient shop, AccessToken token, TimeProvider time) : IProductSink
{
    private const int Attempts = 8;
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(30);

    /// <summary>The version of each entry as this import last saw it; read when the first entry of a kind comes.</summary>
    private readonly Dictionary<EntryKind, Dictionary<string, long>> _versions = [];

    /// <inheritdoc/>
    public async Task<UpsertProductsResponse> UpsertAsync(IReadOnlyList<Product> products, CancellationToken cancellation)
    {
        var request = new UpsertProductsRequest { Products = { products } };
        return await RetryAsync(shop.Catalog.UpsertProductsAsync, request, cancellation);
    }

    /// <inheritdoc/>
    public async Task<int> ReceiveAsync(string receiptId, IReadOnlyList<StockLine> lines, CancellationToken cancellation)
    {
        var request = new ReceiveStockRequest { ReceiptId = receiptId, Lines = { lines } };
        var answer = await RetryAsync(shop.Inventory.ReceiveStockAsync, request, cancellation);
        return answer.Applied;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<EntryOutcome>> PutAsync(IReadOnlyList<EntryRecord> entries, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(entries);
        if (entries.Count > 0 && entries[0].Kind is EntryKind.Price)
            return await SetPricesAsync(entries, cancellation);
        var outcomes = new List<EntryOutcome>(entries.Count);
        foreach (var entry in entries)
            outcomes.Add(await PutAsync(entry, cancellation));
        return outcomes;
    }

    private async Task<EntryOutcome> PutAsync(EntryRecord entry, CancellationToken cancellation)
    {
        var versions = await VersionsAsync(entry.Kind, cancellation);
        try
        {
            var version = entry.Entry switch
            {
                Category category => (await RetryAsync(shop.Catalog.PutCategoryAsync, RequestOf(category), cancellation)).Version,
                Brand brand => (await RetryAsync(shop.Catalog.PutBrandAsync, RequestOf(brand), cancellation)).Version,
                AttributeDefinition attribute => (await RetryAsync(
                    shop.Catalog.PutAttributeAsync, new PutAttributeRequest { Name = attribute.Name, Definition = attribute }, cancellation)).Version,
                PriceList list => (await RetryAsync(
                    shop.Catalog.PutPriceListAsync, new PutPriceListRequest { PriceListId = list.PriceListId, PriceList = list }, cancellation)).Version,
                _ => throw new ArgumentException($"There is no way to put a {entry.Kind}.", nameof(entry)),
            };
            var known = versions.TryGetValue(entry.Id, out var before);
            versions[entry.Id] = version;
            return new EntryOutcome(Created: !known, Updated: known && before != version);
        }
        catch (RpcException refusal) when (IsRefusal(refusal))
        {
            return Refused(refusal);
        }
    }

    private async Task<IReadOnlyList<EntryOutcome>> SetPricesAsync(IReadOnlyList<EntryRecord> entries, CancellationToken cancellation)
    {
        var request = new SetListPricesRequest { PriceListId = entries[0].PriceListId, Prices = { entries.Select(entry => (ListPrice)entry.Entry) } };
        try
        {
            // How many were new is not told; those that changed count as updated.
            var answer = await RetryAsync(shop.Catalog.SetListPricesAsync, request, cancellation);
            var outcomes = new EntryOutcome[entries.Count];
            foreach (var refusal in answer.Refused)
                outcomes[refusal.Index] = new EntryOutcome(Created: false, Updated: false, refusal.Field, refusal.Reason);
            var changed = answer.Changed;
            for (var i = 0; i < outcomes.Length && changed > 0; i++)
            {
                if (outcomes[i].Reason is null)
                    (outcomes[i], changed) = (new EntryOutcome(Created: false, Updated: true), changed - 1);
            }

            return outcomes;
        }
        catch (RpcException refusal) when (IsRefusal(refusal))
        {
            return [.. entries.Select(_ => Refused(refusal))];
        }
    }

    private async Task<Dictionary<string, long>> VersionsAsync(EntryKind kind, CancellationToken cancellation)
    {
        if (!_versions.TryGetValue(kind, out var versions))
            _versions[kind] = versions = await ReadVersionsAsync(kind, cancellation);
        return versions;
    }

    private async Task<Dictionary<string, long>> ReadVersionsAsync(EntryKind kind, CancellationToken cancellation)
    {
        var entries = kind switch
        {
            EntryKind.Category => (await RetryAsync(shop.Catalog.ListCategoriesAsync, new ListCategoriesRequest(), cancellation))
                .Categories.Select(category => (category.CategoryId, category.Version)),
            EntryKind.Brand => (await RetryAsync(shop.Catalog.ListBrandsAsync, new ListBrandsRequest(), cancellation))
                .Brands.Select(brand => (brand.Slug, brand.Version)),
            EntryKind.Attribute => (await RetryAsync(shop.Catalog.ListAttributesAsync, new ListAttributesRequest(), cancellation))
                .Attributes.Select(attribute => (attribute.Name, attribute.Version)),
            _ => (await RetryAsync(shop.Catalog.ListPriceListsAsync, new ListPriceListsRequest(), cancellation))
                .PriceLists.Select(list => (list.PriceListId, list.Version)),
        };
        // Those that only products name have neither id nor version.
        return entries.Where(entry => entry.Item1.Length > 0).ToDictionary(entry => entry.Item1, entry => entry.Version, StringComparer.Ordinal);
    }

    private static PutCategoryRequest RequestOf(Category category) => new()
    {
        CategoryId = category.CategoryId,
        ParentId = category.ParentId,
        Slug = category.Slug,
        Name = category.Name,
        Order = category.Order,
    };

    private static PutBrandRequest RequestOf(Brand brand) => new()
    {
        Slug = brand.Slug,
        Name = brand.Name,
        Description = brand.Description,
        LogoUrl = brand.LogoUrl,
        WebsiteUrl = brand.WebsiteUrl,
    };

    private static bool IsRefusal(RpcException fault) =>
        fault.StatusCode is StatusCode.InvalidArgument or StatusCode.NotFound or StatusCode.FailedPrecondition or StatusCode.Aborted;

    /// <summary>The shop says "field: what would be right".</summary>
    private static EntryOutcome Refused(RpcException refusal)
    {
        var detail = refusal.Status.Detail;
        var end = refusal.StatusCode is StatusCode.InvalidArgument ? detail.IndexOf(": ", StringComparison.Ordinal) : -1;
        return new EntryOutcome(Created: false, Updated: false, end < 0 ? "" : detail[..end], end < 0 ? detail : detail[(end + 2)..]);
    }

    private async Task<TAnswer> RetryAsync<TRequest, TAnswer>(
        Func<TRequest, Metadata, DateTime?, CancellationToken, AsyncUnaryCall<TAnswer>> call, TRequest request, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call(request, ShopClient.Headers(token), time.GetUtcNow().UtcDateTime + CallLimit, cancellation);
            }
            catch (RpcException e) when (attempt < Attempts && e.StatusCode is (StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.ResourceExhausted))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100 * (1 << attempt)), time, cancellation);
            }
        }
    }
}
