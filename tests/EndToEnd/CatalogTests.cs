using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf.WellKnownTypes;
using NexusCart.Catalog.V1;
using NexusCart.Cli.Catalogue;
using NexusCart.Cli.Export;
using NexusCart.Cli.Import;
using NexusCart.Cli.Shop;

namespace NexusCart.Tests.EndToEnd;

/// <summary>The catalogue through the gateway: what changes is seen, and what is exported is imported as it was.</summary>
[Collection(EmbeddedShop.Name)]
public sealed class CatalogTests(EmbeddedShop fixture) : ShopTests(fixture)
{
    /// <summary>Less than a page is kept when nobody takes it back.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_change_is_seen_although_pages_are_kept()
    {
        var sku = await Fixture.ProductAsync(units: 0);
        var http = Fixture.Shop.Client.Http;
        var stored = await StaffProductAsync(sku);
        var listing = $"/v1/products?category={Uri.EscapeDataString(stored.Category)}&sort=PRODUCT_SORT_PRICE_ASCENDING&pageSize=200";
        await FillAsync(listing);
        // The news that the product was made may still be on its way, and takes back what was kept meanwhile.
        await EventuallyAsync($"/v1/products/{sku}", async () => await IsUnchangedAsync($"/v1/products/{sku}", await FillAsync($"/v1/products/{sku}")));

        stored.Title = "Another title";
        await Fixture.Shop.Client.Catalog.PutProductAsync(
            new PutProductRequest { Sku = sku, Product = stored, ExpectedVersion = stored.Version }, ShopClient.Headers(await StaffAsync()));
        foreach (var page in (string[])[$"/v1/products/{sku}", listing])
            await EventuallyAsync(page, async () => (await http.GetStringAsync(page)).Contains("Another title", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_exported_catalogue_is_imported_unchanged()
    {
        var token = await StaffAsync();
        var sku = "";
        for (var i = 0; i < 3; i++)
            sku = await Fixture.ProductAsync(units: 0);
        var (catalog, staff) = (Fixture.Shop.Client.Catalog, ShopClient.Headers(token));
        await catalog.PutBrandAsync(new PutBrandRequest { Slug = "export-brand", Name = "Export & Co" }, staff);
        await catalog.PutAttributeAsync(
            new PutAttributeRequest { Name = "export-power", Definition = new AttributeDefinition { Label = "Power", Kind = AttributeKind.Number, Unit = "W", Maximum = 99.5 } }, staff);
        await catalog.PutPriceListAsync(
            new PutPriceListRequest
            {
                PriceListId = "export-list",
                PriceList = new PriceList { Name = "Dollars", Currency = "USD", ValidTo = Timestamp.FromDateTime(DateTime.UtcNow.AddDays(1)), Active = true },
            },
            staff);
        await catalog.SetListPricesAsync(
            new SetListPricesRequest { PriceListId = "export-list", Prices = { new ListPrice { Sku = sku, Tiers = { new PriceTier { MinQuantity = 1, MinorUnits = 1 } } } } }, staff);
        var folder = Directory.CreateTempSubdirectory("nexuscart-export-");
        try
        {
            var path = Path.Combine(folder.FullName, "catalogue.jsonl");
            var (products, entries) = await CatalogueExport.WriteAsync(path, new ShopCatalogue(Fixture.Shop.Client, token), CancellationToken.None);
            Assert.True(products >= 3 && entries >= 5, $"{products} products, {entries} entries");
            var done = await ImportAsync(path);
            Assert.Equal((0, 0, (int)(products + entries), 0), (done.Created, done.Updated, done.Unchanged, done.Refused));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_catalogue_file_makes_what_is_not_there_and_changes_nothing_the_second_time()
    {
        var folder = Directory.CreateTempSubdirectory("nexuscart-import-");
        try
        {
            var path = Path.Combine(folder.FullName, "new.jsonl");
            await File.WriteAllTextAsync(path, """
                {"entry":"category","categoryId":"new-root","slug":"new-things","name":"New things"}
                {"entry":"category","categoryId":"new-leaf","parentId":"new-root","slug":"lamps","name":"Lamps","order":3}
                {"entry":"brand","slug":"new-brand","name":"New & Co"}
                {"sku":"NEW-1","title":"New lamp","brand":"New & Co","category":"new-things/lamps","price":{"minorUnits":2999,"currency":"EUR"},"attributes":{"new-power":40}}
                {"entry":"attribute","name":"new-power","label":"Power","kind":"ATTRIBUTE_KIND_NUMBER","unit":"W"}
                {"entry":"priceList","priceListId":"new-yen","name":"Yen","currency":"JPY","active":true}
                {"entry":"price","priceListId":"new-yen","sku":"NEW-1","tiers":[{"minQuantity":1,"minorUnits":"4800"},{"minQuantity":10,"minorUnits":"4200"}]}
                {"entry":"price","priceListId":"new-yen","sku":"NEW-NOBODY","tiers":[{"minQuantity":1,"minorUnits":"1"}]}
                {"entry":"category","categoryId":"new-lost","parentId":"new-nowhere","slug":"lost","name":"Lost"}
                """);
            var first = await ImportAsync(path);
            // A new price is told as one that changed.
            Assert.Equal((6, 1, 0, 2), (first.Created, first.Updated, first.Unchanged, first.Refused));
            var refused = await File.ReadAllTextAsync(path + ".refused.jsonl");
            Assert.Contains("\"line\":8,\"sku\":\"NEW-NOBODY\",\"field\":\"sku\"", refused, StringComparison.Ordinal);
            Assert.Contains("\"line\":9,\"sku\":\"new-lost\",\"field\":\"parentId\"", refused, StringComparison.Ordinal);

            File.Delete(path + ".import.json"); // Else it would not be sent again.
            var again = await ImportAsync(path);
            Assert.Equal((0, 0, 7, 2), (again.Created, again.Updated, again.Unchanged, again.Refused));
            var seen = await Fixture.Shop.Client.Catalog.GetProductAsync(new GetProductRequest { Sku = "NEW-1", Currency = "JPY" });
            Assert.Equal((4_800L, "new-leaf", 2), (seen.Price.MinorUnits, seen.CategoryId, seen.PriceTiers.Count));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<ImportCheckpoint> ImportAsync(string path)
    {
        var file = ProductFile.Open(path, "EUR");
        var sink = new ShopProductSink(Fixture.Shop.Client, await StaffAsync(), TimeProvider.System);
        var import = new ProductImport(sink, path, await file.FingerprintAsync(CancellationToken.None), new ImportSettings(DefaultStock: 0));
        return await import.RunAsync(file.ReadAsync(null, CancellationToken.None), null, CancellationToken.None);
    }

    private async Task<EntityTagHeaderValue> FillAsync(string page)
    {
        using var answer = await Fixture.Shop.Client.Http.GetAsync(page);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer.Headers.ETag!;
    }

    private async Task<Product> StaffProductAsync(string sku) => await Fixture.Shop.Client.Catalog.GetStaffProductAsync(
        new GetStaffProductRequest { Sku = sku }, ShopClient.Headers(await StaffAsync()));

    private async Task<bool> IsUnchangedAsync(string page, EntityTagHeaderValue tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, page) { Headers = { IfNoneMatch = { tag } } };
        using var answer = await Fixture.Shop.Client.Http.SendAsync(request);
        return answer.StatusCode == HttpStatusCode.NotModified;
    }

    private Task<AccessToken> StaffAsync() => Fixture.Shop.Client.GetTokenAsync("importer", ["catalog.write", "inventory.write"], CancellationToken.None);

    private static async Task EventuallyAsync(string what, Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!await holds())
        {
            if (limit.IsCancellationRequested)
                throw new TimeoutException($"{what} still shows what was before.");
            await Task.Delay(20, CancellationToken.None);
        }
    }
}
