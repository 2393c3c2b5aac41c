using System.CommandLine;
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

return await new RootCommand("nexuscart-bench: one command per headline, each with its ratio to a bare Kestrel endpoint in the same run.") { checkout }
    .Parse(args).InvokeAsync();
