using Grpc.Core;
using NexusCart.Catalog.V1;
using NexusCart.Cli.Catalogue;
using NexusCart.Cli.Shop;
using NexusCart.Inventory.V1;

namespace NexusCart.Cli.Import;

/// <summary>Where products go: the shop, or a test's double of it.</summary>
public interface IProductSink
{
    /// <summary>Creates or replaces up to 500 products; repeating changes nothing.</summary>
    Task<UpsertProductsResponse> UpsertAsync(IReadOnlyList<Product> products, CancellationToken cancellation);

    /// <summary>Puts units into stock; one receipt counts once per SKU.</summary>
    Task<int> ReceiveAsync(string receiptId, IReadOnlyList<StockLine> lines, CancellationToken cancellation);
}

/// <summary>The settings of an import.</summary>
/// <param name="DefaultStock">Units for products that come without a number; 0 for none.</param>
/// <param name="BatchSize">Products a request, 1 to 500.</param>
public sealed record ImportSettings(int DefaultStock, int BatchSize = 250);

/// <summary>
/// Sends a file's products to the shop in batches. Safe to stop and to repeat: products are replaced by SKU, units are received
/// under the file's fingerprint, and the checkpoint moves only behind what the shop has acknowledged.
/// </summary>
public sealed class ProductImport
{
    private readonly IProductSink _shop;
    private readonly ImportSettings _settings;
    private readonly string _checkpointPath;
    private readonly RefusalReport _refusals;
    private ImportCheckpoint _done;

    /// <param name="shop">Where the products go.</param>
    /// <param name="fileName">The file imported; the checkpoint and the report lie beside it.</param>
    /// <param name="fingerprint">Identity of the file's content.</param>
    /// <param name="settings">Batch size and default stock.</param>
    public ProductImport(IProductSink shop, string fileName, string fingerprint, ImportSettings settings)
    {
        _shop = shop;
        _settings = settings;
        _checkpointPath = fileName + ".import.json";
        _refusals = new RefusalReport(fileName + ".refused.jsonl");
        _done = ImportCheckpoint.Load(_checkpointPath, fingerprint);
        if (_done.Lines == 0)
            _refusals.Clear();
    }

    /// <summary>How far it has come.</summary>
    public ImportCheckpoint Progress => _done;

    /// <summary>Where refused lines are reported.</summary>
    public string ReportPath => _refusals.Path;

    /// <summary>Imports what is left of the file.</summary>
    /// <param name="lines">The file's lines, from the first.</param>
    /// <param name="advanced">Told after each batch.</param>
    /// <param name="cancellation">Stops between batches; the next run goes on there.</param>
    public async Task<ImportCheckpoint> RunAsync(
        IAsyncEnumerable<ReadLine> lines,
        Action<ImportCheckpoint>? advanced,
        CancellationToken cancellation)
    {
        var alreadyDone = _done.Lines;
        var batch = new List<ReadLine>(_settings.BatchSize);
        long seen = 0;
        await foreach (var line in lines.WithCancellation(cancellation))
        {
            if (++seen <= alreadyDone)
                continue;
            batch.Add(line);
            if (batch.Count < _settings.BatchSize)
                continue;
            await SendAsync(batch, cancellation);
            advanced?.Invoke(_done);
            batch.Clear();
        }

        if (batch.Count > 0)
            await SendAsync(batch, cancellation);
        advanced?.Invoke(_done);
        return _done;
    }

    private async Task SendAsync(List<ReadLine> batch, CancellationToken cancellation)
    {
        var refused = batch.Where(line => line.Refused is not null).Select(line => line.Refused!).ToList();
        var records = batch.Where(line => line.Record is not null).Select(line => line.Record!).ToList();

        // The same SKU twice in one request has no order the shop could promise; the last line of the file wins, as if sent alone.
        var latest = records.GroupBy(record => record.Product.Sku).Select(group => group.Last()).ToList();
        var answer = latest.Count > 0
            ? await _shop.UpsertAsync([.. latest.Select(record => record.Product)], cancellation)
            : new UpsertProductsResponse();

        var refusedIndexes = new HashSet<int>();
        foreach (var refusal in answer.Refused)
        {
            refusedIndexes.Add(refusal.Index);
            refused.Add(new RefusedLine(latest[refusal.Index].Line, refusal.Sku, refusal.Field, refusal.Reason));
        }

        var stock = latest
            .Where((_, index) => !refusedIndexes.Contains(index))
            .Select(record => new StockLine { Sku = record.Product.Sku, Quantity = record.Stock ?? _settings.DefaultStock })
            .Where(line => line.Quantity > 0)
            .ToList();
        var received = stock.Count > 0 ? await _shop.ReceiveAsync($"import-{_done.Fingerprint[..32]}", stock, cancellation) : 0;

        await _refusals.AddAsync(refused, cancellation);
        _done = _done with
        {
            Lines = _done.Lines + batch.Count,
            Created = _done.Created + answer.Created,
            Updated = _done.Updated + answer.Updated,
            Unchanged = _done.Unchanged + answer.Unchanged,
            Refused = _done.Refused + refused.Count,
            StockLines = _done.StockLines + received,
        };
        _done.Save(_checkpointPath);
    }
}

/// <summary>The shop behind its gateway; what is unknown (a timeout, a restart) is asked again, since every call is idempotent.</summary>
public sealed class ShopProductSink(ShopClient shop, AccessToken token, TimeProvider time) : IProductSink
{
    private const int Attempts = 8;
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public async Task<UpsertProductsResponse> UpsertAsync(IReadOnlyList<Product> products, CancellationToken cancellation)
    {
        var request = new UpsertProductsRequest { Products = { products } };
        return await RetryAsync(
            (deadline, stop) => shop.Catalog.UpsertProductsAsync(request, ShopClient.Headers(token), deadline, stop).ResponseAsync, cancellation);
    }

    /// <inheritdoc/>
    public async Task<int> ReceiveAsync(string receiptId, IReadOnlyList<StockLine> lines, CancellationToken cancellation)
    {
        var request = new ReceiveStockRequest { ReceiptId = receiptId, Lines = { lines } };
        var answer = await RetryAsync(
            (deadline, stop) => shop.Inventory.ReceiveStockAsync(request, ShopClient.Headers(token), deadline, stop).ResponseAsync, cancellation);
        return answer.Applied;
    }

    private async Task<T> RetryAsync<T>(Func<DateTime, CancellationToken, Task<T>> call, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call(time.GetUtcNow().UtcDateTime + CallLimit, cancellation);
            }
            catch (RpcException e) when (attempt < Attempts && e.StatusCode is (StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.ResourceExhausted))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100 * (1 << attempt)), time, cancellation);
            }
        }
    }
}
