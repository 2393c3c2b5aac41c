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
        var tag = await FillAsync($"/v1/products/{sku}");
        var listing = $"/v1/products?category={Uri.EscapeDataString(stored.Category)}&sort=PRODUCT_SORT_PRICE_ASCENDING&pageSize=200";
        await FillAsync(listing);

        using var same = new HttpRequestMessage(HttpMethod.Get, $"/v1/products/{sku}") { Headers = { IfNoneMatch = { tag } } };
        using var unchanged = await http.SendAsync(same);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);

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
            var import = new ProductImport(new ShopProductSink(Fixture.Shop.Client, token, TimeProvider.System), path, "0123456789abcdef0123456789abcdef", new ImportSettings(DefaultStock: 0));
            var done = await import.RunAsync(ProductFile.Open(path, "EUR").ReadAsync(null, CancellationToken.None), null, CancellationToken.None);
            Assert.Equal((0, 0, (int)(products + entries), 0), (done.Created, done.Updated, done.Unchanged, done.Refused));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<EntityTagHeaderValue> FillAsync(string page)
    {
        using var answer = await Fixture.Shop.Client.Http.GetAsync(page);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer.Headers.ETag!;
    }

    private async Task<Product> StaffProductAsync(string sku) => await Fixture.Shop.Client.Catalog.GetStaffProductAsync(
        new GetStaffProductRequest { Sku = sku }, ShopClient.Headers(await StaffAsync()));

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
