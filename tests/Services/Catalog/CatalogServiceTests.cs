using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Grpc.Core;
using NexusCart.Catalog.V1;

namespace NexusCart.Tests.Services.Catalog;

/// <summary>The catalogue as its callers see it.</summary>
public sealed class CatalogServiceTests(CatalogFixture catalog) : IClassFixture<CatalogFixture>
{
    private static DateTime Deadline => DateTime.UtcNow.AddSeconds(30);

    [Fact]
    public async Task A_product_is_sold_by_its_variants()
    {
        var shirt = Shirt();
        Assert.Equal(1, (await catalog.UpsertAsync(shirt)).Created);

        var variant = await catalog.Client.GetProductAsync(new GetProductRequest { Sku = shirt.Variants[1].Sku }, CatalogFixture.Anonymous, Deadline);
        Assert.Equal(("T-shirt, L, red", 2_199, shirt.Sku), (variant.Title, variant.Price.MinorUnits, variant.ParentSku));
        Assert.Equal("L", variant.OptionValues["size"]);

        // A service that sells must take a variant; everybody else sees the product as it is.
        var request = new GetProductsRequest { Skus = { shirt.Sku, shirt.Variants[0].Sku } };
        var sold = await catalog.Client.GetProductsAsync(request, CatalogFixture.Service, Deadline);
        Assert.Equal([false, true], sold.Products.Select(product => product.Active));
        Assert.Equal(1_999, sold.Products[1].Price.MinorUnits);
        var seen = await catalog.Client.GetProductsAsync(request, CatalogFixture.Anonymous, Deadline);
        Assert.True(seen.Products[0].Active);
    }

    [Fact]
    public async Task A_sku_belongs_to_one_product()
    {
        var (first, second) = (Shirt(), Shirt());
        second.Variants[0].Sku = first.Variants[0].Sku;
        var alone = catalog.Sample(first.Variants[1].Sku);
        await catalog.UpsertAsync(first);

        var answer = await catalog.UpsertAsync(second, alone);
        Assert.Equal(["variants[0].sku", "sku"], answer.Refused.Select(refusal => refusal.Field));
        Assert.Contains(first.Sku, answer.Refused[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slug_leads_to_one_product_and_a_former_one_to_the_new()
    {
        var (first, second) = (catalog.Sample(), catalog.Sample());
        var slug = catalog.New("a-lamp");
        first.Slug = slug;
        second.Slug = slug;
        await catalog.UpsertAsync(first);
        Assert.Equal("slug", Assert.Single((await catalog.UpsertAsync(second)).Refused).Field);

        first.Slug = slug + "-again";
        await catalog.UpsertAsync(first);
        var found = await catalog.Client.GetProductBySlugAsync(new GetProductBySlugRequest { Slug = slug }, CatalogFixture.Anonymous, Deadline);
        Assert.Equal((first.Sku, first.Slug), (found.Sku, found.Slug));
        Assert.Equal("slug", Assert.Single((await catalog.UpsertAsync(second)).Refused).Field); // Still not free.
    }

    [Fact]
    public async Task Slugs_are_made_of_titles_each_another()
    {
        var products = Enumerable.Range(0, 8).Select(_ => catalog.Sample()).ToArray();
        foreach (var product in products)
            product.Title = "Größe & Maß";
        await catalog.UpsertAsync(products);
        var slugs = new HashSet<string>();
        foreach (var product in products)
        {
            var seen = await catalog.Client.GetProductAsync(new GetProductRequest { Sku = product.Sku }, CatalogFixture.Anonymous, Deadline);
            Assert.StartsWith("grosse-mass", seen.Slug);
            Assert.True(slugs.Add(seen.Slug));
        }

        Assert.Equal(8, (await catalog.UpsertAsync(products)).Unchanged);
    }

    [Fact]
    public async Task A_stale_edit_is_refused_and_told_the_version()
    {
        var lamp = catalog.Sample();
        await catalog.UpsertAsync(lamp);
        using var read = await SendAsync(HttpMethod.Get, $"/v1/staff/products/{lamp.Sku}");
        Assert.Equal("\"1\"", read.Headers.ETag!.Tag);

        const string Edit = """{"product":{"title":"Lamp %","category":"home/lighting","price":{"minorUnits":"5","currency":"EUR"},"active":true}}""";
        using var done = await SendAsync(HttpMethod.Put, $"/v1/products/{lamp.Sku}", Edit.Replace('%', '2'), "\"1\"");
        Assert.Equal((HttpStatusCode.OK, "\"2\""), (done.StatusCode, done.Headers.ETag!.Tag));
        using var again = await SendAsync(HttpMethod.Put, $"/v1/products/{lamp.Sku}", Edit.Replace('%', '2'), "\"1\"");
        Assert.Equal((HttpStatusCode.OK, "\"2\""), (again.StatusCode, again.Headers.ETag!.Tag)); // Repeated, not stale.
        using var stale = await SendAsync(HttpMethod.Put, $"/v1/products/{lamp.Sku}", Edit.Replace('%', '3'), "\"1\"");
        Assert.Equal(HttpStatusCode.PreconditionFailed, stale.StatusCode);
        Assert.Contains("version 2", await stale.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        var fault = await Assert.ThrowsAsync<RpcException>(async () => await catalog.Client.PutProductAsync(
            new PutProductRequest { Sku = lamp.Sku, Product = lamp, ExpectedVersion = 1 }, CatalogFixture.Staff, Deadline));
        Assert.Equal(StatusCode.Aborted, fault.StatusCode);
    }

    [Fact]
    public async Task Attributes_keep_to_their_definitions()
    {
        var name = catalog.New("power");
        await catalog.Client.PutAttributeAsync(
            new PutAttributeRequest { Name = name, Definition = new() { Label = "Power", Kind = AttributeKind.Number, Unit = "W", Minimum = 1, Maximum = 100 } },
            CatalogFixture.Staff, Deadline);
        var lamp = catalog.Sample();
        lamp.Attributes[name] = new AttributeValue { Number = 400 };
        var refusal = Assert.Single((await catalog.UpsertAsync(lamp)).Refused);
        Assert.Equal(($"attributes.{name}", "must be 1 to 100 W"), (refusal.Field, refusal.Reason));
        lamp.Attributes[name] = new AttributeValue { Number = 40 };
        Assert.Equal(1, (await catalog.UpsertAsync(lamp)).Created);
    }

    [Fact]
    public async Task A_category_that_moves_takes_its_products_along_and_answers_to_its_former_path()
    {
        var root = catalog.New("garden");
        var lamp = catalog.Sample();
        lamp.Category = $"{root}/lights";
        await catalog.UpsertAsync(lamp);
        var categories = await catalog.Client.ListCategoriesAsync(new ListCategoriesRequest { Below = root }, CatalogFixture.Anonymous, Deadline);
        var (top, lights) = (categories.Categories[0], categories.Categories[1]);

        var cycle = await Assert.ThrowsAsync<RpcException>(async () => await PutAsync(top, parent: lights.CategoryId));
        Assert.Equal(StatusCode.InvalidArgument, cycle.StatusCode);
        Assert.Contains("parentId", cycle.Status.Detail, StringComparison.Ordinal);

        var moved = await PutAsync(lights, parent: "");
        Assert.Equal("lights", moved.Path[..6]);
        var seen = await catalog.Client.GetProductAsync(new GetProductRequest { Sku = lamp.Sku }, CatalogFixture.Anonymous, Deadline);
        Assert.Equal(moved.Path, seen.Category);
        var listed = await catalog.Client.ListProductsAsync(new ListProductsRequest { Category = $"{root}/lights" }, CatalogFixture.Anonymous, Deadline);
        Assert.Equal(lamp.Sku, Assert.Single(listed.Products).Sku);
        Assert.Equal(1, (await catalog.UpsertAsync(lamp)).Unchanged); // The former path still names it.

        async Task<Category> PutAsync(Category category, string parent) => await catalog.Client.PutCategoryAsync(
            new PutCategoryRequest { CategoryId = category.CategoryId, ParentId = parent, Slug = category.Slug, Name = category.Name },
            CatalogFixture.Staff, Deadline);
    }

    [Fact]
    public async Task Prices_are_the_callers()
    {
        var lamp = catalog.Sample();
        await catalog.UpsertAsync(lamp);
        var (all, trade) = (catalog.New("dollar"), catalog.New("trade"));
        await PutListAsync(all, new PriceList { Name = "Dollars", Currency = "USD", Active = true });
        await PutListAsync(trade, new PriceList { Name = "Trade", Currency = "EUR", CustomerGroup = "trade", Active = true });
        await SetAsync(all, new ListPrice { Sku = lamp.Sku, Tiers = { new PriceTier { MinQuantity = 1, MinorUnits = 3_300 } } });
        await SetAsync(trade, new ListPrice
        {
            Sku = lamp.Sku,
            Tiers = { new PriceTier { MinQuantity = 10, MinorUnits = 2_000 }, new PriceTier { MinQuantity = 1, MinorUnits = 2_500 } },
        });

        Assert.Equal((2_999, "EUR", ""), await SeeAsync("", CatalogFixture.Anonymous));
        Assert.Equal((3_300, "USD", all), await SeeAsync("USD", CatalogFixture.Anonymous));
        Assert.Equal((2_500, "EUR", trade), await SeeAsync("", CatalogFixture.Member("trade")));
        Assert.Equal((2_999, "EUR", ""), await SeeAsync("", CatalogFixture.Member("retail")));
        var tiers = (await catalog.Client.GetProductAsync(new GetProductRequest { Sku = lamp.Sku }, CatalogFixture.Member("trade"), Deadline)).PriceTiers;
        Assert.Equal([(1, 2_500L), (10, 2_000L)], tiers.Select(tier => (tier.MinQuantity, tier.MinorUnits)));
        Assert.Empty((await catalog.Client.GetProductAsync(new GetProductRequest { Sku = lamp.Sku }, CatalogFixture.Anonymous, Deadline)).PriceTiers);

        var asked = new GetProductsRequest { Skus = { lamp.Sku }, Currency = "EUR", CustomerGroup = "trade", Quantities = { [lamp.Sku] = 12 } };
        Assert.Equal(2_000, (await catalog.Client.GetProductsAsync(asked, CatalogFixture.Service, Deadline)).Products[0].Price.MinorUnits);
        var fault = await Assert.ThrowsAsync<RpcException>(async () => await catalog.Client.GetProductsAsync(asked, CatalogFixture.Anonymous, Deadline));
        Assert.Equal(StatusCode.PermissionDenied, fault.StatusCode);

        async Task<(long, string, string)> SeeAsync(string currency, Metadata headers)
        {
            var seen = await catalog.Client.GetProductAsync(new GetProductRequest { Sku = lamp.Sku, Currency = currency }, headers, Deadline);
            return (seen.Price.MinorUnits, seen.Price.Currency, seen.PriceListId);
        }

        async Task PutListAsync(string id, PriceList list) => await catalog.Client.PutPriceListAsync(
            new PutPriceListRequest { PriceListId = id, PriceList = list }, CatalogFixture.Staff, Deadline);

        async Task SetAsync(string list, ListPrice price)
        {
            var request = new SetListPricesRequest { PriceListId = list, Prices = { price, new ListPrice { Sku = "nothing" } } };
            var answer = await catalog.Client.SetListPricesAsync(request, CatalogFixture.Staff, Deadline);
            Assert.Equal((1, 1), (answer.Changed, Assert.Single(answer.Refused).Index));
        }
    }

    [Fact]
    public async Task Drafts_are_for_staff()
    {
        var draft = catalog.Sample();
        draft.Status = ProductStatus.Draft;
        await catalog.UpsertAsync(draft);
        var fault = await Assert.ThrowsAsync<RpcException>(async () =>
            await catalog.Client.GetProductAsync(new GetProductRequest { Sku = draft.Sku }, CatalogFixture.Anonymous, Deadline));
        Assert.Equal(StatusCode.NotFound, fault.StatusCode);
        var seen = await catalog.Client.GetStaffProductAsync(new GetStaffProductRequest { Sku = draft.Sku }, CatalogFixture.Staff, Deadline);
        Assert.Equal(ProductStatus.Draft, seen.Status);
        var refused = await Assert.ThrowsAsync<RpcException>(async () =>
            await catalog.Client.GetStaffProductAsync(new GetStaffProductRequest { Sku = draft.Sku }, CatalogFixture.Member("trade"), Deadline));
        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
    }

    [Fact]
    public async Task What_was_stored_survives_a_kill()
    {
        var shirt = Shirt();
        shirt.Slug = catalog.New("shirt");
        shirt.Category = catalog.New("clothes");
        await catalog.UpsertAsync(shirt);
        var brand = catalog.New("lumora");
        await catalog.Client.PutBrandAsync(new PutBrandRequest { Slug = brand, Name = brand }, CatalogFixture.Staff, Deadline);
        await catalog.KillAsync();
        await catalog.StartCatalogAsync();

        var seen = await catalog.Client.GetProductBySlugAsync(new GetProductBySlugRequest { Slug = shirt.Slug }, CatalogFixture.Anonymous, Deadline);
        Assert.Equal(2, seen.Variants.Count);
        Assert.Contains((await catalog.Client.ListBrandsAsync(new ListBrandsRequest(), CatalogFixture.Anonymous, Deadline)).Brands, known => known.Slug == brand);
        Assert.Equal(1, (await catalog.UpsertAsync(shirt)).Unchanged);
        await catalog.EventuallyAsync("the product is told once", () => Task.FromResult(
            catalog.Events.Count(told => told.Type == "product.changed.v1" && told.Data.GetProperty("sku").GetString() == shirt.Sku) == 1));
    }

    private Product Shirt()
    {
        var shirt = catalog.Sample(catalog.New("SHIRT"));
        shirt.Title = "T-shirt";
        shirt.Options.Add(new ProductOption { Name = "size", Values = { "M", "L" } });
        shirt.Options.Add(new ProductOption { Name = "colour", Values = { "red" } });
        shirt.Price.MinorUnits = 1_999;
        shirt.Variants.Add(new Variant { Sku = shirt.Sku + "-M", Options = { ["size"] = "M", ["colour"] = "red" } });
        shirt.Variants.Add(new Variant
        {
            Sku = shirt.Sku + "-L",
            Options = { ["size"] = "L", ["colour"] = "red" },
            Price = new() { MinorUnits = 2_199, Currency = "EUR" },
        });
        return shirt;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("authorization", CatalogFixture.Staff.GetValue("authorization"));
        if (ifMatch is not null)
            request.Headers.IfMatch.Add(EntityTagHeaderValue.Parse(ifMatch));
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return await catalog.Http.SendAsync(request);
    }
}
