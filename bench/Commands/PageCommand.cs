using System.CommandLine;
using NexusCart.Bench.Load;
using NexusCart.Bench.Scenarios;
using NexusCart.Tests.Harness;

namespace NexusCart.Bench.Commands;

/// <summary>The command that measures how long an edit takes to show, on a shop of its own with two gateways.</summary>
internal static class PageCommand
{
    public static Command Create()
    {
        var edits = new Option<int>("--edits") { Description = "Edits that are measured.", DefaultValueFactory = _ => 400 };
        var profile = new Option<string>("--profile") { Description = "A profile of components/.", DefaultValueFactory = _ => "embedded" };
        var command = new Command("pages", "From the acknowledged edit of a product to its fresh page at each of two gateways that keep pages.") { edits, profile };
        command.SetAction(async (parsed, cancellation) =>
        {
            var on = ShopProfile.Named(parsed.GetRequiredValue(profile));
            if (on.Missing is { } missing)
            {
                Console.WriteLine($"The profile {on.Folder} cannot run here: {missing}");
                return 2;
            }

            var yardstick = await Yardstick.MeasureAsync(cancellation);
            await using var shop = await RunningShop.StartAsync(on, twice: ["gateway"], cancellation: cancellation);
            var results = await new PageScenario(shop).RunAsync(parsed.GetValue(edits), cancellation);
            ResultTable.Print(yardstick, results);
            Console.WriteLine($"Later than {PageScenario.Promise.TotalSeconds:0} s: {results.Sum(static result => result.Failed)}.");
            return results.Sum(static result => result.Failed) == 0 ? 0 : 1;
        });
        return command;
    }
}
