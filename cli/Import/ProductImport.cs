using System.Globalization;
using NexusCart.Catalog.V1;
using NexusCart.Cli.Catalogue;
using NexusCart.Inventory.V1;

namespace NexusCart.Cli.Import;

/// <summary>What came of an entry: at most one of the numbers is 1, or there is a fault.</summary>
/// <param name="Created">Whether it was not there before.</param>
/// <param name="Updated">Whether it was there and is different now.</param>
/// <param name="Field">The field that is wrong; empty when none is, or the whole entry.</param>
/// <param name="Reason">Why it was refused; null when it was not.</param>
public readonly record struct EntryOutcome(bool Created, bool Updated, string Field = "", string? Reason = null);

/// <summary>Where products go: the shop, or a test's double of it.</summary>
public interface IProductSink
{
    /// <summary>
    /// Creates or replaces entries that are no products, all of one kind and prices of one list, up to 500; repeating changes nothing.
    /// </summary>
    /// <returns>What came of each, in their order.</returns>
    Task<IReadOnlyList<EntryOutcome>> PutAsync(IReadOnlyList<EntryRecord> entries, CancellationToken cancellation);

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
/// Sends a file's lines to the shop in batches. Safe to stop and to repeat: everything is replaced by its SKU or id, units are received
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
        var count = _done with { Lines = _done.Lines + batch.Count };

        // In the order of the file: what a line names is in the lines before it.
        foreach (var run in Runs(batch.Where(line => line.Refused is null)))
        {
            count = run[0].Entry is null
                ? await SendAsync(run.Select(line => line.Record!).ToList(), count, refused, cancellation)
                : await SendAsync(run.Select(line => line.Entry!).ToList(), count, refused, cancellation);
        }

        await _refusals.AddAsync(refused, cancellation);
        _done = count with { Refused = count.Refused + refused.Count };
        _done.Save(_checkpointPath);
    }

    /// <summary>Neighbours that go in one request.</summary>
    private static IEnumerable<List<ReadLine>> Runs(IEnumerable<ReadLine> lines)
    {
        var run = new List<ReadLine>();
        foreach (var line in lines)
        {
            if (run.Count > 0 && (run[0].Entry?.Kind, run[0].Entry?.PriceListId) != (line.Entry?.Kind, line.Entry?.PriceListId))
            {
                yield return run;
                run = [];
            }

            run.Add(line);
        }

        if (run.Count > 0)
            yield return run;
    }

    private async Task<ImportCheckpoint> SendAsync(List<EntryRecord> entries, ImportCheckpoint count, List<RefusedLine> refused, CancellationToken cancellation)
    {
        var latest = entries.GroupBy(entry => entry.Id, StringComparer.Ordinal).Select(group => group.Last()).ToList();
        var outcomes = await _shop.PutAsync(latest, cancellation);
        foreach (var (entry, outcome) in latest.Zip(outcomes))
        {
            if (outcome.Reason is { } reason)
                refused.Add(new RefusedLine(entry.Line, entry.Id, outcome.Field, reason));
            else if (outcome.Created)
                count = count with { Created = count.Created + 1 };
            else
                count = outcome.Updated ? count with { Updated = count.Updated + 1 } : count with { Unchanged = count.Unchanged + 1 };
        }

        return count;
    }

    private async Task<ImportCheckpoint> SendAsync(List<ProductRecord> records, ImportCheckpoint count, List<RefusedLine> refused, CancellationToken cancellation)
    {
        // The same SKU twice in one request has no order the shop could promise; the last line of the file wins, as if sent alone.
        var latest = records.GroupBy(record => record.Product.Sku, StringComparer.Ordinal).Select(group => group.Last()).ToList();
        var answer = await _shop.UpsertAsync([.. latest.Select(record => record.Product)], cancellation);
        var refusedIndexes = new HashSet<int>();
        foreach (var refusal in answer.Refused)
        {
            refusedIndexes.Add(refusal.Index);
            refused.Add(RefusalOf(latest[refusal.Index], refusal));
        }

        var stock = latest.Where((_, index) => !refusedIndexes.Contains(index)).SelectMany(UnitsOf).Where(line => line.Quantity > 0).ToList();
        var received = stock.Count > 0 ? await _shop.ReceiveAsync($"import-{_done.Fingerprint[..32]}", stock, cancellation) : 0;
        return count with
        {
            Created = count.Created + answer.Created,
            Updated = count.Updated + answer.Updated,
            Unchanged = count.Unchanged + answer.Unchanged,
            StockLines = count.StockLines + received,
        };
    }

    /// <summary>What is sold has units: the product, or each of its variants.</summary>
    private IEnumerable<StockLine> UnitsOf(ProductRecord record)
    {
        var product = record.Product;
        if (product.Variants.Count == 0)
            return [new StockLine { Sku = product.Sku, Quantity = record.Stock ?? _settings.DefaultStock }];
        return product.Variants.Select((variant, i) => new StockLine
        {
            Sku = variant.Sku, Quantity = record.Variants?[i].Stock ?? record.Stock ?? _settings.DefaultStock,
        });
    }

    /// <summary>A refusal at the line it is about: a variant may have a row of its own.</summary>
    private static RefusedLine RefusalOf(ProductRecord record, ProductRefusal refusal)
    {
        const string Begin = "variants[";
        var end = refusal.Field.IndexOf(']', StringComparison.Ordinal);
        if (record.Variants is not null && end > 0 && refusal.Field.StartsWith(Begin, StringComparison.Ordinal)
            && int.TryParse(refusal.Field.AsSpan(Begin.Length, end - Begin.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && index < record.Variants.Count)
        {
            return new RefusedLine(record.Variants[index].Line, record.Product.Variants[index].Sku, refusal.Field[(end + 1)..].TrimStart('.'), refusal.Reason);
        }

        return new RefusedLine(record.Line, refusal.Sku, refusal.Field, refusal.Reason);
    }
}
