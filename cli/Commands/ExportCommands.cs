using System.CommandLine;
using NexusCart.Cli.Export;
using NexusCart.Cli.Shop;
using Spectre.Console;

namespace NexusCart.Cli.Commands;

/// <summary><c>export</c>: the way a catalogue comes out of a shop.</summary>
internal static class ExportCommands
{
    private static readonly string[] StaffRoles = ["catalog.write"];

    public static Command Export()
    {
        var file = new Argument<string>("file") { Description = "The .jsonl file to write; packed when the name ends in .gz." };
        var shop = new ShopOptions();
        var command = new Command("export", "Writes the catalogue, products in any status, to a file that import takes back.") { file };
        shop.AddTo(command);
        command.SetAction((parsed, cancellation) => ExportAsync(shop.Read(parsed), parsed.GetRequiredValue(file), cancellation));
        return command;
    }

    private static async Task<int> ExportAsync(ShopAddress address, string path, CancellationToken cancellation)
    {
        using var shop = new ShopClient(address);
        var token = await shop.GetTokenAsync("exporter", StaffRoles, cancellation);
        var (products, entries) = await CatalogueExport.WriteAsync(path, new ShopCatalogue(shop, token), cancellation);
        AnsiConsole.MarkupLineInterpolated(
            $"{products} products, and {entries} categories, brands, attributes, price lists and prices written to {Path.GetFullPath(path)}.");
        return 0;
    }
}
