using System.CommandLine;
using NexusCart.Cli.Catalogue;
using NexusCart.Cli.Generator;
using NexusCart.Cli.Import;
using NexusCart.Cli.Shop;
using Spectre.Console;

namespace NexusCart.Cli.Commands;

/// <summary><c>import</c>, <c>generate</c> and <c>seed</c>: the ways products come into a shop.</summary>
internal static class ImportCommands
{
    private static readonly string[] StaffRoles = ["catalog.write", "inventory.write"];

    public static Command Import()
    {
        var file = new Argument<string>("file") { Description = "A .jsonl, .ndjson or .csv file; may be packed as .gz or .xz." };
        var currency = new Option<string>("--currency") { Description = "For prices that come without one.", DefaultValueFactory = _ => "EUR" };
        var stock = new Option<int>("--stock") { Description = "Units for products that come without a number.", DefaultValueFactory = _ => 100 };
        var shop = new ShopOptions();
        var command = new Command("import", "Imports a product file; a stopped import goes on where it was.") { file, currency, stock };
        shop.AddTo(command);
        command.SetAction((parsed, cancellation) => ImportAsync(
            shop.Read(parsed), parsed.GetRequiredValue(file), parsed.GetRequiredValue(currency), new ImportSettings(parsed.GetValue(stock)), cancellation));
        return command;
    }

    public static Command Generate()
    {
        var file = new Argument<string>("file") { Description = "The .jsonl file to write." };
        var count = new Option<int>("--count") { Description = "How many products.", DefaultValueFactory = _ => CatalogueGenerator.DefaultCount };
        var seed = new Option<ulong>("--seed") { Description = "Another seed is another catalogue.", DefaultValueFactory = _ => CatalogueGenerator.DefaultSeed };
        var command = new Command("generate", "Writes a demo catalogue to a file that import reads.") { file, count, seed };
        command.SetAction(async (parsed, cancellation) =>
        {
            var products = CatalogueGenerator.Generate(parsed.GetValue(count), parsed.GetValue(seed));
            await File.WriteAllLinesAsync(parsed.GetRequiredValue(file), products.Select(ProductLine.Write), cancellation);
            return 0;
        });
        return command;
    }

    public static Command Seed()
    {
        var shop = new ShopOptions();
        var wait = new Option<int>("--wait") { Description = "Seconds to wait for the shop.", DefaultValueFactory = _ => 120 };
        var command = new Command("seed", "Fills an empty shop with the demo catalogue; leaves any other alone.") { wait };
        shop.AddTo(command);
        command.SetAction((parsed, cancellation) => SeedAsync(shop.Read(parsed), TimeSpan.FromSeconds(parsed.GetValue(wait)), cancellation));
        return command;
    }

    private static async Task<int> ImportAsync(ShopAddress address, string path, string currency, ImportSettings settings, CancellationToken cancellation)
    {
        var file = ProductFile.Open(path, currency);
        using var shop = new ShopClient(address);
        var token = await shop.GetTokenAsync("importer", StaffRoles, cancellation);
        var import = new ProductImport(new ShopProductSink(shop, token, TimeProvider.System), file.Path, await file.FingerprintAsync(cancellation), settings);
        if (import.Progress.Lines > 0)
            AnsiConsole.MarkupLineInterpolated($"[grey]Going on behind line {import.Progress.Lines}.[/]");

        var done = await AnsiConsole.Progress().AutoClear(false).StartAsync(async progress =>
        {
            var bar = progress.AddTask(Path.GetFileName(file.Path), maxValue: file.Length);
            var result = await import.RunAsync(
                file.ReadAsync(position => bar.Value = position, cancellation),
                state => bar.Description = $"{state.Lines} lines, {state.Refused} refused",
                cancellation);
            bar.Value = file.Length;
            return result;
        });

        AnsiConsole.MarkupLineInterpolated(
            $"{done.Created} created, {done.Updated} updated, {done.Unchanged} unchanged, {done.Refused} refused; stock for {done.StockLines} SKUs.");
        if (done.Refused > 0)
            AnsiConsole.MarkupLineInterpolated($"[yellow]Why lines were refused: {import.ReportPath}[/]");
        return 0;
    }

    private static async Task<int> SeedAsync(ShopAddress address, TimeSpan wait, CancellationToken cancellation)
    {
        using var shop = new ShopClient(address);
        await shop.WaitUntilUpAsync(wait, cancellation);
        var sink = new ShopProductSink(shop, await shop.GetTokenAsync("seeder", StaffRoles, cancellation), TimeProvider.System);
        var seeder = new ShopSeeder(shop.Catalog, sink);
        var made = await seeder.RunAsync(cancellation);
        Console.WriteLine(made == 0 ? "The catalogue is not empty; nothing to seed." : $"Seeded {made} products.");
        return 0;
    }
}
