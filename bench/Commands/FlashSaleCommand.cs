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
        var checkouts = new Option<int>("--checkouts") { Description = "Winners who check out; of the others half give their claims up, half let them expire.", DefaultValueFactory = _ => 400 };
        var seconds = new Option<int>("--claim-seconds") { Description = "How long a claim waits for its checkout.", DefaultValueFactory = _ => 120 };
        var door = new Option<SaleDoor>("--door") { Description = "Where claims arrive: service and gateway by gRPC, http at the gateway by JSON." };
        var kill = new Option<SaleVictim[]>("--kill") { Description = "What is killed (-9) on the way, in this order.", DefaultValueFactory = _ => [], AllowMultipleArgumentsPerToken = true };
        var among = new Option<bool>("--kill-checkouts") { Description = "Kill among the checkouts in place of among the claims." };
        var profile = new Option<string>("--profile") { Description = "A profile of components/.", DefaultValueFactory = _ => "embedded" };

        var command = new Command("flash-sale", "A flash sale on a shop of the bench's own: claims a second, exactness, the end of every claim, the auditor.")
        {
            units, customers, inFlight, checkouts, seconds, door, kill, among, profile,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            ShopProfile.Named(parsed.GetRequiredValue(profile)),
            new FlashSalePlan(parsed.GetValue(units), parsed.GetValue(customers))
            {
                InFlight = parsed.GetValue(inFlight),
                Checkouts = parsed.GetValue(checkouts),
                ClaimSeconds = parsed.GetValue(seconds),
                Door = parsed.GetValue(door),
                Victims = parsed.GetRequiredValue(kill),
                KillsCheckouts = parsed.GetValue(among),
            },
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ShopProfile profile, FlashSalePlan plan, CancellationToken cancellation)
    {
        if (profile.Missing is { } missing)
        {
            Console.WriteLine($"The profile {profile.Folder} cannot run here: {missing}");
            return 2;
        }

        var yardstick = await Yardstick.MeasureAsync(cancellation);
        await using var shop = await RunningShop.StartAsync(profile, cancellation: cancellation);
        using (var warmUp = new FlashSaleScenario(shop, plan.WarmUp()))
            await warmUp.RunAsync(cancellation);
        using var sale = new FlashSaleScenario(shop, plan);
        var (results, wrong) = await sale.RunAsync(cancellation);
        ResultTable.Print(yardstick, results);
        foreach (var what in wrong)
            Console.WriteLine("WRONG " + what);
        return wrong.Count == 0 ? 0 : 1;
    }
}
