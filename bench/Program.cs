using System.CommandLine;
using NexusCart.Bench.Commands;
using NexusCart.Bench.Load;
using NexusCart.Bench.Scenarios;
using NexusCart.Cli.Shop;

var http = new Option<Uri>("--http") { Description = "The gateway's public HTTP address.", DefaultValueFactory = _ => ShopAddress.Local.Http };
var grpc = new Option<Uri>("--grpc") { Description = "The gateway's public gRPC address.", DefaultValueFactory = _ => ShopAddress.Local.Grpc };
var count = new Option<int>("--count") { Description = "Checkouts of each run.", DefaultValueFactory = _ => 2_000 };
var inFlight = new Option<int>("--in-flight") { Description = "Checkouts under way at once.", DefaultValueFactory = _ => 64 };

var checkout = new Command("checkout", "Checkouts end to end through the gateway of a running shop; ends with the auditor.") { http, grpc, count, inFlight };
checkout.SetAction(async (parsed, cancellation) =>
{
    using var shop = new ShopClient(new ShopAddress(parsed.GetRequiredValue(http), parsed.GetRequiredValue(grpc)));
    var scenario = new CheckoutScenario(shop);
    var yardstick = await Yardstick.MeasureAsync(cancellation);
    ResultTable.Print(yardstick, await scenario.RunAsync(parsed.GetValue(count), parsed.GetValue(inFlight), cancellation));
    return await scenario.AuditAsync(cancellation) ? 0 : 1;
});

var activities = new Option<int[]>("--activities") { Description = "Activities of each workflow.", DefaultValueFactory = _ => [1, 5], AllowMultipleArgumentsPerToken = true };
var workflows = new Option<int>("--count") { Description = "Workflows of each run.", DefaultValueFactory = _ => 20_000 };
var workflowsInFlight = new Option<int[]>("--in-flight") { Description = "Workflows under way at once.", DefaultValueFactory = _ => [200], AllowMultipleArgumentsPerToken = true };

var pending = new Option<int>("--pending") { Description = "Instead: so many workflows that wait for an event, and the sidecar's memory." };

var workflow = new Command("workflow", "Durable workflows of activities that do nothing, on a sidecar of the bench's own.") { activities, workflows, workflowsInFlight, pending };
workflow.SetAction(async (parsed, cancellation) =>
{
    await using var scenario = await WorkflowScenario.StartAsync(cancellation);
    if (parsed.GetValue(pending) is > 0 and var waiting)
        return await scenario.PendAsync(waiting, parsed.GetRequiredValue(workflowsInFlight)[0], cancellation) ? 0 : 1;

    var yardstick = await Yardstick.MeasureAsync(cancellation);
    var results = new List<LoadResult>();
    foreach (var steps in parsed.GetRequiredValue(activities))
    {
        foreach (var atOnce in parsed.GetRequiredValue(workflowsInFlight))
            results.AddRange(await scenario.RunAsync(steps, atOnce, parsed.GetValue(workflows), cancellation));
    }

    ResultTable.Print(yardstick, results);
    return results.Sum(static result => result.Failed) == 0 ? 0 : 1;
});

var floor = new Command("workflow-floor", "The messages of those workflows between two processes that do nothing else: what the protocol itself costs.") { activities, workflows, workflowsInFlight };
floor.SetAction(async (parsed, cancellation) =>
{
    var yardstick = await Yardstick.MeasureAsync(cancellation);
    var results = new List<LoadResult>();
    foreach (var steps in parsed.GetRequiredValue(activities))
    {
        foreach (var atOnce in parsed.GetRequiredValue(workflowsInFlight))
            results.Add(await WorkflowFloorScenario.RunAsync(steps, atOnce, parsed.GetValue(workflows), cancellation));
    }

    ResultTable.Print(yardstick, results);
});

var active = new Option<int>("--promotions") { Description = "Active promotions.", DefaultValueFactory = _ => 1_000 };
var lines = new Option<int>("--lines") { Description = "Lines of the basket; up to 200.", DefaultValueFactory = _ => 50 };
var evaluations = new Option<int>("--count") { Description = "Evaluations that are measured.", DefaultValueFactory = _ => 20_000 };

var promotions = new Command("promotions", "Evaluates a basket against many active promotions, in this process.") { active, lines, evaluations };
promotions.SetAction(parsed => PromotionScenario.Run(parsed.GetValue(active), parsed.GetValue(lines), parsed.GetValue(evaluations)));

var root = new RootCommand("nexuscart-bench: one command per headline, each with its ratio to a bare Kestrel endpoint in the same run.") { checkout, FlashSaleCommand.Create(), PageCommand.Create(), workflow, floor, promotions };
foreach (var command in SidecarCommands.All())
    root.Subcommands.Add(command);
return await root.Parse(args).InvokeAsync();
