using System.IO.Compression;
using System.Text;
using NexusCart.Catalog.V1;
using NexusCart.Cli.Catalogue;

namespace NexusCart.Tests.Unit.Cli;

public sealed class ProductFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nexuscart-files").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Reads_json_lines_in_the_shape_of_the_api()
    {
        var line = await OneAsync("products.jsonl", """
            {"sku":"A-1","title":"Lamp","description":"d","brand":"b","category":"home/lighting","price":{"minorUnits":"1299","currency":"USD"},"attributes":{"colour":{"text":"red"},"weight":1.5,"dimmable":true},"eans":["4006381333931"],"imageUrls":["https://x.test/1.jpg"],"active":false,"stock":7}
            """);

        var product = line.Record!.Product;
        Assert.Equal(("A-1", "Lamp", 1299L, "USD", false, 7), (product.Sku, product.Title, product.Price.MinorUnits, product.Price.Currency, product.Active, line.Record.Stock!.Value));
        Assert.Equal("red", product.Attributes["colour"].Text);
        Assert.Equal(1.5, product.Attributes["weight"].Number);
        Assert.True(product.Attributes["dimmable"].Flag);
        Assert.Equal(["4006381333931"], product.Eans);
    }

    [Fact]
    public async Task Reads_the_icecat_shape()
    {
        var line = await OneAsync("icecat.jsonl", """
            {"id":"3920564","name":"006R90321","title":"Toner","ean":["0095205603217"],"short_description":"s","img_500x500":"http://x.test/i.jpg","supplier":"Xerox","price":4995,"attr_t_product_type":"All-in-One PC","attr_n_quantity_per_pack":6.0,"attr_b_wireless":true}
            """);

        var product = line.Record!.Product;
        Assert.Equal(("3920564", "Toner", "Xerox", 4995L, "EUR"), (product.Sku, product.Title, product.Brand, product.Price.MinorUnits, product.Price.Currency));
        Assert.Equal("electronics/all-in-one-pc", product.Category);
        Assert.Equal("006R90321", product.Attributes["model"].Text);
        Assert.Equal(6, product.Attributes["quantity_per_pack"].Number);
        Assert.True(product.Attributes["wireless"].Flag);
        Assert.Null(line.Record.Stock);
    }

    [Fact]
    public async Task Reads_csv_with_attribute_columns()
    {
        var lines = await AllAsync("products.csv", """
            SKU,Title,price_minor,currency,category,stock,eans,attr:colour,attr:weight,attr:dimmable
            A-1,"Lamp, tall",1299,USD,home/lighting,7,4006381333931|96385074,red,1.5,true
            A-2,Chair,x,USD,home,1,,,,
            """);

        var lamp = lines[0].Record!;
        Assert.Equal(("A-1", "Lamp, tall", 1299L, 7), (lamp.Product.Sku, lamp.Product.Title, lamp.Product.Price.MinorUnits, lamp.Stock!.Value));
        Assert.Equal(["4006381333931", "96385074"], lamp.Product.Eans);
        Assert.Equal(AttributeValue.ValueOneofCase.Number, lamp.Product.Attributes["weight"].ValueCase);
        Assert.Equal(("A-2", "price_minor"), (lines[1].Refused!.Sku, lines[1].Refused!.Field));
    }

    [Fact]
    public async Task Csv_has_a_column_for_everything_and_a_row_for_each_variant()
    {
        var lines = await AllAsync("products.csv", """
            sku,variant_of,title,price_minor,status,slug,brand,category,tax_class,weight_grams,media,related,stock,option:Size,option:colour,attr:Fabric,attr:care:list,attr:code:text
            SHIRT,,T-shirt,1999,draft,a-shirt,Lumora,clothes/shirts,reduced,200,https://x.test/1.jpg|video https://x.test/1.mp4 How it folds,accessory:HAT|COAT,,,,cotton,30 degrees|no iron,0815
            SHIRT-M,SHIRT,,,,,,,,,,,7,M,red,,,
            SHIRT-L,SHIRT,,2199,archived,,,,,250,https://x.test/l.jpg,,,L,red,,,
            HAT,,Hat,500,,,,clothes,,,,,3,,,,,
            """);

        Assert.Equal(2, lines.Count);
        var (shirt, record) = (lines[0].Record!.Product, lines[0].Record!);
        Assert.Equal(
            (ProductStatus.Draft, false, "a-shirt", "Lumora", "clothes/shirts", "reduced", 200),
            (shirt.Status, shirt.Active, shirt.Slug, shirt.Brand, shirt.Category, shirt.TaxClass, shirt.WeightGrams));
        Assert.Equal(
            [new Media { Url = "https://x.test/1.jpg", Kind = MediaKind.Image }, new Media { Url = "https://x.test/1.mp4", Alt = "How it folds", Kind = MediaKind.Video }],
            shirt.Media);
        Assert.Equal([("HAT", RelationKind.Accessory), ("COAT", RelationKind.Similar)], shirt.Related.Select(other => (other.Sku, other.Kind)));
        Assert.Equal([("Size", "M L"), ("colour", "red")], shirt.Options.Select(option => (option.Name, string.Join(' ', option.Values))));
        Assert.Equal(("cotton", "0815"), (shirt.Attributes["Fabric"].Text, shirt.Attributes["code"].Text));
        Assert.Equal(["30 degrees", "no iron"], shirt.Attributes["care"].List.Values);

        var (medium, large) = (shirt.Variants[0], shirt.Variants[1]);
        Assert.Equal(("SHIRT-M", null, ProductStatus.Unspecified), (medium.Sku, medium.Price, medium.Status));
        Assert.Equal(("SHIRT-L", 2_199L, "EUR", 250, ProductStatus.Archived), (large.Sku, large.Price.MinorUnits, large.Price.Currency, large.WeightGrams, large.Status));
        Assert.Equal(new Dictionary<string, string> { ["Size"] = "L", ["colour"] = "red" }, large.Options);
        Assert.Equal([7, null], record.Variants!.Select(variant => variant.Stock));
        Assert.Equal(("HAT", 3, 0), (lines[1].Record!.Product.Sku, lines[1].Record!.Stock!.Value, lines[1].Record!.Product.Variants.Count));
        Assert.Null(NexusCart.Catalog.Domain.ProductRules.Check(NexusCart.Catalog.Api.ProductMapping.ToDraft(shirt)));
    }

    [Fact]
    public async Task Bad_rows_are_refused_by_line_and_field_and_the_good_ones_stay()
    {
        var lines = await AllAsync("products.csv", """
            sku,variant_of,title,price_minor,status,weight_grams,related,media,stock,option:size,attr:power:number
            A,,A lamp,1,ready,,,,,,
            B,,A lamp,1,,heavy,,,,,
            C,,A lamp,1,,,cousin:A,,,,
            D,,A lamp,1,,,,film https://x.test/1.mp4,,,
            E,,A lamp,1,,,,,,,forty
            E-1,E,,,,,,,,M,
            SHIRT,,A shirt,1,,,,,,,
            SHIRT-S,SHIRT,,,,,,,,S,
            SHIRT-M,SHIRT,,,,,,,many,M,
            SHIRT-L,SHIRT,,x,,,,,,L,
            STRAY,NOBODY,,,,,,,,M,
            GOOD,,A lamp,1,,,,,,,40
            """);

        Assert.Equal(
            [
                (2, "A", "status"), (3, "B", "weight_grams"), (4, "C", "related"), (5, "D", "media"), (6, "E", "attr:power:number"), (7, "E-1", "variant_of"),
                (8, "SHIRT", "variants"), (10, "SHIRT-M", "stock"), (11, "SHIRT-L", "price_minor"), (12, "STRAY", "variant_of"),
            ],
            lines.Where(line => line.Refused is not null).Select(line => ((int)line.Refused!.Line, line.Refused.Sku, line.Refused.Field)).Order());
        Assert.Equal("GOOD", Assert.Single(lines, line => line.Record is not null).Record!.Product.Sku);
    }

    [Fact]
    public async Task Lines_that_are_no_products_say_what_they_are()
    {
        var lines = await AllAsync("catalogue.jsonl", """
            {"entry":"attribute","name":"power","label":"Power","kind":"ATTRIBUTE_KIND_NUMBER","unit":"W","minimum":1,"version":"7"}
            {"entry":"price","priceListId":"yen","sku":"A-1","tiers":[{"minQuantity":10,"minorUnits":"250"}]}
            {"entry":"brand","slug":"lumora","founded":1990}
            {"entry":"warehouse","id":"north"}
            """);
        var power = (AttributeDefinition)lines[0].Entry!.Entry;
        Assert.Equal(("power", AttributeKind.Number, 1d, false, 0L), (power.Name, power.Kind, power.Minimum, power.HasMaximum, power.Version));
        Assert.Equal(("yen", "A-1", 250L), (lines[1].Entry!.PriceListId, lines[1].Entry!.Id, ((ListPrice)lines[1].Entry!.Entry).Tiers[0].MinorUnits));
        Assert.Equal([(3L, "founded"), (4L, "entry")], lines.Skip(2).Select(line => (line.Refused!.Line, line.Refused.Field)));
    }

    [Theory]
    [InlineData("not json", "", "")]
    [InlineData("[1]", "", "")]
    [InlineData("""{"sku":"A","title":"t"}""", "A", "price")]
    [InlineData("""{"sku":"A","title":"t","price":{"minorUnits":1.5,"currency":"EUR"}}""", "A", "price.minorUnits")]
    [InlineData("""{"sku":"A","title":5,"price":{"minorUnits":1,"currency":"EUR"}}""", "A", "title")]
    [InlineData("""{"sku":"A","title":"t","price":{"minorUnits":1,"currency":"EUR"},"stock":-1}""", "A", "stock")]
    [InlineData("""{"sku":"A","title":"t","price":{"minorUnits":1,"currency":"EUR"},"attributes":{"x":[1]}}""", "A", "attributes.x")]
    public async Task A_bad_line_is_refused_with_its_field_and_does_not_stop_the_reading(string bad, string sku, string field)
    {
        var lines = await AllAsync("mixed.jsonl", bad + "\n" + """{"sku":"B","title":"fine","price":{"minorUnits":1,"currency":"EUR"}}""");
        Assert.Equal((1L, sku, field), (lines[0].Refused!.Line, lines[0].Refused!.Sku, lines[0].Refused!.Field));
        Assert.Equal("B", lines[1].Record!.Product.Sku);
    }

    [Fact]
    public async Task Reads_packed_files()
    {
        var path = Path.Combine(_folder, "products.jsonl.gz");
        await using (var gzip = new GZipStream(File.Create(path), CompressionLevel.Fastest))
            await gzip.WriteAsync(Encoding.UTF8.GetBytes("""{"sku":"A","title":"t","price":{"minorUnits":1,"currency":"EUR"}}"""));
        Assert.Equal("A", (await ReadAsync(ProductFile.Open(path, "EUR"))).Single().Record!.Product.Sku);
    }

    [Fact]
    public async Task What_generate_writes_import_reads()
    {
        var record = NexusCart.Cli.Generator.CatalogueGenerator.Generate(1).Single();
        var line = await OneAsync("generated.jsonl", ProductLine.Write(record));
        Assert.Equal(record, line.Record);
    }

    [Fact]
    public async Task The_whole_icecat_export_is_read_without_a_refusal()
    {
        var path = Path.Combine(RepositoryRoot.Folder, "..", "shared", "data", "icecat", "products.jsonl.xz");
        if (!File.Exists(path))
            Assert.Skip("The Icecat export is not beside the repository.");

        var lines = await ReadAsync(ProductFile.Open(path, "EUR"));
        Assert.Equal(19_406, lines.Count);
        Assert.DoesNotContain(lines, line => line.Refused is not null);

        // Only lines and faults, for the message of a failure: a product has pages of attributes.
        var faults = lines
            .Select(line => (line.Record!.Line, Fault: NexusCart.Catalog.Domain.ProductRules.Check(NexusCart.Catalog.Api.ProductMapping.ToDraft(line.Record.Product))))
            .Where(line => line.Fault is not null)
            .ToList();
        Assert.Empty(faults);
    }

    [Theory]
    [InlineData("products.xml")]
    [InlineData("products.gz")]
    public void An_unknown_format_is_refused(string name)
    {
        File.WriteAllText(Path.Combine(_folder, name), "");
        Assert.Throws<NotSupportedException>(() => ProductFile.Open(Path.Combine(_folder, name), "EUR"));
    }

    private async Task<ReadLine> OneAsync(string name, string content) => (await AllAsync(name, content)).Single();

    private async Task<List<ReadLine>> AllAsync(string name, string content)
    {
        var path = Path.Combine(_folder, name);
        await File.WriteAllTextAsync(path, content);
        return await ReadAsync(ProductFile.Open(path, "EUR"));
    }

    private static async Task<List<ReadLine>> ReadAsync(ProductFile file)
    {
        var lines = new List<ReadLine>();
        await foreach (var line in file.ReadAsync(position: null, CancellationToken.None))
            lines.Add(line);
        return lines;
    }
}
