using NexusCart.Catalog.V1;
using NexusCart.Cli.Catalogue;
using NexusCart.Cli.Generator;
using NexusCart.Cli.Import;
using NexusCart.Inventory.V1;

namespace NexusCart.Tests.Unit.Cli;

public sealed class ProductImportTests : IDisposable
{
    private const string Fingerprint = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private readonly string _folder = Directory.CreateTempSubdirectory("nexuscart-import").FullName;
    private readonly RecordingShop _shop = new();

    private string FileName => Path.Combine(_folder, "products.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Products_and_their_units_arrive()
    {
        var done = await ImportAsync(Lines(25), defaultStock: 100);
        Assert.Equal((25L, 25, 0), (done.Lines, done.Created, done.Refused));
        Assert.Equal(25, _shop.Products.Count);
        Assert.All(Lines(25), line => Assert.Equal(
            line.Record!.Stock is 0 ? 0 : line.Record.Stock!.Value, _shop.Units.GetValueOrDefault(line.Record.Product.Sku)));
    }

    [Fact]
    public async Task A_stopped_import_goes_on_where_it_was_and_doubles_nothing()
    {
        _shop.FailAfterBatches = 2;
        await Assert.ThrowsAsync<IOException>(() => ImportAsync(Lines(45), defaultStock: 1));
        _shop.FailAfterBatches = int.MaxValue;
        var done = await ImportAsync(Lines(45), defaultStock: 1);

        Assert.Equal(45, done.Lines);
        Assert.Equal(45, _shop.Products.Count);
        Assert.Equal(3, _shop.BatchesAfterFailure);
        Assert.All(Lines(45), line => Assert.Equal(line.Record!.Stock!.Value, _shop.Units.GetValueOrDefault(line.Record.Product.Sku)));
    }

    [Fact]
    public async Task Repeating_a_finished_import_sends_nothing()
    {
        await ImportAsync(Lines(25), defaultStock: 1);
        var batches = _shop.Batches;
        await ImportAsync(Lines(25), defaultStock: 1);
        Assert.Equal(batches, _shop.Batches);
    }

    [Fact]
    public async Task Refusals_of_reader_and_shop_are_reported_with_their_line()
    {
        _shop.RefusedSku = Lines(3)[1].Record!.Product.Sku;
        var lines = Lines(3).Append(new ReadLine(null, new RefusedLine(4, "X", "price", "is missing"))).ToList();
        var done = await ImportAsync(lines, defaultStock: 5);

        Assert.Equal((2, 2), (done.Created, done.Refused));
        Assert.DoesNotContain(_shop.RefusedSku, _shop.Units.Keys);
        var report = await File.ReadAllLinesAsync(FileName + ".refused.jsonl");
        Assert.Contains(report, line => line.Contains("\"line\":2", StringComparison.Ordinal) && line.Contains("no good", StringComparison.Ordinal));
        Assert.Contains(report, line => line.Contains("\"line\":4", StringComparison.Ordinal) && line.Contains("is missing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_no_product_goes_in_the_order_of_the_file()
    {
        _shop.RefusedSku = "P-3";
        List<ReadLine> lines =
        [
            Entry(1, EntryKind.Category, new Category { CategoryId = "lamps", Slug = "lamps", Name = "Lamps" }),
            .. Lines(3),
            Entry(5, EntryKind.PriceList, new PriceList { PriceListId = "yen", Name = "Yen", Currency = "JPY" }),
            Entry(6, EntryKind.Price, new ListPrice { Sku = "P-1" }, "yen"),
            Entry(7, EntryKind.Price, new ListPrice { Sku = "P-3" }, "yen"),
            Entry(8, EntryKind.Price, new ListPrice { Sku = "P-1" }, "dollars"),
        ];
        var done = await ImportAsync(lines, defaultStock: 0);
        Assert.Equal((8L, 7, 1), (done.Lines, done.Created, done.Refused));
        Assert.Equal(
            [(EntryKind.Category, "lamps"), (EntryKind.PriceList, "yen"), (EntryKind.Price, "P-1"), (EntryKind.Price, "P-3"), (EntryKind.Price, "P-1")], _shop.Entries);
        Assert.Contains("\"line\":7,\"sku\":\"P-3\",\"field\":\"tiers\"", await File.ReadAllTextAsync(FileName + ".refused.jsonl"), StringComparison.Ordinal);

        static ReadLine Entry(long line, EntryKind kind, Google.Protobuf.IMessage entry, string list = "") => new(null, null, EntryRecord.Of(line, kind, entry, list));
    }

    [Fact]
    public async Task Units_are_those_of_the_variants_and_a_refusal_is_at_the_variants_row()
    {
        var shirt = new Product { Sku = "SHIRT", Variants = { new Variant { Sku = "S" }, new Variant { Sku = "M" } } };
        var hat = new Product { Sku = "HAT", Variants = { new Variant { Sku = "HAT-1" } } };
        (_shop.RefusedSku, _shop.RefusedField) = ("HAT", "variants[0].options");
        List<ReadLine> lines =
        [
            new(new ProductRecord(2, shirt, Stock: null, [new VariantRow(3, 7), new VariantRow(4, null)]), null),
            new(new ProductRecord(5, hat, Stock: null, [new VariantRow(6, 9)]), null),
            new(new ProductRecord(7, new Product { Sku = "BAG", Variants = { new Variant { Sku = "BAG-1" } } }, Stock: 2), null),
        ];
        await ImportAsync(lines, defaultStock: 5);
        Assert.Equal(new Dictionary<string, int> { ["S"] = 7, ["M"] = 5, ["BAG-1"] = 2 }, _shop.Units);
        Assert.Contains("\"line\":6,\"sku\":\"HAT-1\",\"field\":\"options\"", await File.ReadAllTextAsync(FileName + ".refused.jsonl"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_file_starts_anew()
    {
        await ImportAsync(Lines(12), defaultStock: 1);
        var done = await ImportAsync(Lines(15), defaultStock: 1, fingerprint: new string('f', 64));
        Assert.Equal(15, done.Lines);
    }

    private static List<ReadLine> Lines(int count) => [.. CatalogueGenerator.Generate(count).Select(record => new ReadLine(record, null))];

    private Task<ImportCheckpoint> ImportAsync(IReadOnlyList<ReadLine> lines, int defaultStock, string fingerprint = Fingerprint) =>
        new ProductImport(_shop, FileName, fingerprint, new ImportSettings(defaultStock, BatchSize: 10))
            .RunAsync(lines.ToAsyncEnumerable(), advanced: null, CancellationToken.None);

    private sealed class RecordingShop : IProductSink
    {
        private readonly HashSet<(string Receipt, string Sku)> _receipts = [];

        public Dictionary<string, Product> Products { get; } = [];

        public Dictionary<string, int> Units { get; } = [];

        public int Batches { get; private set; }

        public int BatchesAfterFailure { get; private set; }

        public int FailAfterBatches { get; set; } = int.MaxValue;

        public string? RefusedSku { get; set; }

        public string RefusedField { get; set; } = "title";

        public List<(EntryKind Kind, string Id)> Entries { get; } = [];

        private bool _failed;

        public Task<IReadOnlyList<EntryOutcome>> PutAsync(IReadOnlyList<EntryRecord> entries, CancellationToken cancellation)
        {
            Assert.Single(entries.Select(entry => (entry.Kind, entry.PriceListId)).Distinct());
            Entries.AddRange(entries.Select(entry => (entry.Kind, entry.Id)));
            return Task.FromResult<IReadOnlyList<EntryOutcome>>(
                [.. entries.Select(entry => new EntryOutcome(Created: true, Updated: false, "tiers", entry.Id == RefusedSku ? "no good" : null))]);
        }

        public Task<UpsertProductsResponse> UpsertAsync(IReadOnlyList<Product> products, CancellationToken cancellation)
        {
            Batches++;
            if (Batches > FailAfterBatches)
            {
                _failed = true;
                throw new IOException("the shop went away");
            }

            BatchesAfterFailure += _failed ? 1 : 0;
            var answer = new UpsertProductsResponse();
            for (var i = 0; i < products.Count; i++)
            {
                if (products[i].Sku == RefusedSku)
                    answer.Refused.Add(new ProductRefusal { Index = i, Sku = products[i].Sku, Field = RefusedField, Reason = "no good" });
                else if (Products.TryAdd(products[i].Sku, products[i]))
                    answer.Created++;
                else
                    answer.Unchanged++;
            }

            return Task.FromResult(answer);
        }

        public Task<int> ReceiveAsync(string receiptId, IReadOnlyList<StockLine> lines, CancellationToken cancellation)
        {
            var applied = 0;
            foreach (var line in lines.Where(line => _receipts.Add((receiptId, line.Sku))))
            {
                Units[line.Sku] = Units.GetValueOrDefault(line.Sku) + line.Quantity;
                applied++;
            }

            return Task.FromResult(applied);
        }
    }
}
