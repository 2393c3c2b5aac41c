using System.CommandLine;
using NexusCart.Bench.Load;
using NexusCart.Bench.Scenarios;
using NexusCart.Tests.Harness;

namespace NexusCart.Bench.Commands;

/// <summary>The command that runs a flash sale on a shop of its own.</summary>
internal static class FlashSaleCommand
{
    public static Command Create()
    {
        var units = new Option<int>("--units") { Description = "Units of the sale.", DefaultValueFactory = _ => 10_000 };
        var customers = new Option<int>("--customers") { Description = "Customers who want one each.", DefaultValueFactory = _ => 100_000 };
        var inFlight = new Option<int>("--in-flight") { Description = "Claims under way at once.", DefaultValueFactory = _ => 256 };
        var checkouts = new Option<int>("--checkouts") { Description = "Winners who check out; the claims of the others expire.", DefaultValueFactory = _ => 400 };
        var door = new Option<string>("--door") { Description = "Where claims arrive.", DefaultValueFactory = _ => "service" };
        door.AcceptOnlyFromAmong("service", "gateway");
        var kill = new Option<string>("--kill") { Description = "What is killed (-9) after a third of the units are gone.", DefaultValueFactory = _ => "none" };
        kill.AcceptOnlyFromAmong("none", "promotions", "sidecar");
        var profile = new Option<string>("--profile") { Description = "A profile of components/.", DefaultValueFactory = _ => "embedded" };

        var command = new Command("flash-sale", "A flash sale on a shop of the bench's own: claims a second, exactness, the end of every claim, the auditor.")
        {
            units, customers, inFlight, checkouts, door, kill, profile,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var on = ShopProfile.Named(parsed.GetRequiredValue(profile));
            if (on.Missing is { } missing)
            {
                Console.WriteLine($"The profile {on.Folder} cannot run here: {missing}");
                return 2;
            }

            var plan = new FlashSalePlan(
                parsed.GetValue(units), parsed.GetValue(customers), parsed.GetValue(inFlight), parsed.GetValue(checkouts),
                parsed.GetValue(door) == "gateway", parsed.GetRequiredValue(kill));
            var yardstick = await Yardstick.MeasureAsync(cancellation);
            await using var shop = await RunningShop.StartAsync(on, cancellation: cancellation);
            var (results, wrong) = await new FlashSaleScenario(shop, plan).RunAsync(cancellation);
            ResultTable.Print(yardstick, results);
            foreach (var what in wrong)
                Console.WriteLine("WRONG " + what);
            return wrong.Count == 0 ? 0 : 1;
        });
        return command;
    }
}
