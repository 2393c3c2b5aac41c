using System.CommandLine;
using NexusCart.Cli.Audit;
using NexusCart.Cli.Demo;
using NexusCart.Cli.Shop;
using Spectre.Console;

namespace NexusCart.Cli.Commands;

/// <summary><c>demo</c> and <c>audit</c>: what is done to a running shop.</summary>
internal static class ShopCommands
{
    private const int MaxDriftsShown = 50;
    private static readonly string[] AuditRoles = ["audit.read"];

    public static Command Demo()
    {
        var shop = new ShopOptions();
        var command = new Command("demo", "Walks a purchase, a declined card and a sold-out item, and shows the saga's steps.");
        shop.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = new ShopClient(shop.Read(parsed));
            return await new PurchaseDemo(client, AnsiConsole.Console).RunAsync(cancellation) ? 0 : 1;
        });
        return command;
    }

    public static Command Audit()
    {
        var shop = new ShopOptions();
        var wait = new Option<int>("--wait") { Description = "Seconds to wait until no checkout is under way.", DefaultValueFactory = _ => 60 };
        var command = new Command("audit", "Checks the shop's invariants; exit code 1 when something has drifted.") { wait };
        shop.AddTo(command);
        command.SetAction((parsed, cancellation) => AuditAsync(shop.Read(parsed), TimeSpan.FromSeconds(parsed.GetValue(wait)), cancellation));
        return command;
    }

    private static async Task<int> AuditAsync(ShopAddress address, TimeSpan wait, CancellationToken cancellation)
    {
        using var shop = new ShopClient(address);
        var reader = new LedgerReader(shop, await shop.GetTokenAsync("auditor", AuditRoles, cancellation), TimeProvider.System);
        var report = Auditor.Check(await reader.ReadAtRestAsync(wait, cancellation));

        Console.WriteLine($"SKUs {report.Skus}: received {report.UnitsReceived}, sold {report.UnitsSold}, on hand {report.UnitsOnHand}, reserved {report.UnitsReserved}, backordered {report.UnitsBackordered}");
        Console.WriteLine($"Orders {report.Orders.Values.Sum()}: {string.Join(", ", report.Orders.OrderBy(entry => entry.Key).Select(entry => $"{entry.Key} {entry.Value}"))}");
        Console.WriteLine($"Payments {report.Payments}: {string.Join(", ", report.NetTaken.Select(entry => $"{entry.Key} {entry.Value} minor units taken"))}");
        foreach (var drift in report.Drifts.Take(MaxDriftsShown))
            Console.WriteLine($"DRIFT {drift.Invariant}: {drift.Subject}: {drift.Detail}");
        Console.WriteLine(report.Drifts.Count == 0 ? "No drift." : $"{report.Drifts.Count} drifts.");
        return report.Drifts.Count == 0 ? 0 : 1;
    }
}
