using System.CommandLine;
using NexusCart.Bench.Apps;
using NexusCart.Bench.Load;
using NexusCart.Bench.Scenarios;

namespace NexusCart.Bench.Commands;

/// <summary>The commands that measure the sidecar by itself: each starts one, loads it and ends it.</summary>
internal static class SidecarCommands
{
    private const string Http = "http";
    private const string Grpc = "grpc";

    /// <summary>One command per building block, one for all of them, and the apps they start.</summary>
    public static IEnumerable<Command> All() => [Invocation(), Actor(), State(), PubSub(), Everything(), App(), Hub()];

    private static Command Invocation()
    {
        var (protocol, plan) = (Protocol(), new PlanOptions(count: 100_000, inFlight: 64));
        return plan.Complete(
            new Command("invocation", "Service invocation: client, sidecar, second sidecar in memory, app.") { protocol },
            (parsed, load, cancellation) => InvocationScenario.RunAsync(parsed.GetValue(protocol) == Grpc, load, cancellation));
    }

    private static Command Actor()
    {
        var (protocol, plan) = (Protocol(), new PlanOptions(count: 80_000, inFlight: 64));
        return plan.Complete(
            new Command("actor", "An actor's method: client, sidecar, turn, app.") { protocol },
            (parsed, load, cancellation) => ActorScenario.RunAsync(parsed.GetValue(protocol) == Grpc, load, cancellation));
    }

    private static Command State()
    {
        var keys = new Option<int>("--keys") { Description = "Keys the writes are spread over.", DefaultValueFactory = _ => 200_000 };
        var stores = On("State stores to measure.", Backend.StateStores, Backend.Sqlite);
        return new PlanOptions(count: 100_000, inFlight: 64).Complete(
            new Command("state", "State in a store: save, transaction, get.") { keys, stores },
            (parsed, load, cancellation) => EachAsync(parsed.GetRequiredValue(stores), store => StateScenario.RunAsync(store, parsed.GetValue(keys), load, cancellation)));
    }

    private static Command PubSub()
    {
        var brokers = On("Brokers to measure.", Backend.Brokers, Backend.Embedded);
        return new PlanOptions(count: 80_000, inFlight: 256).Complete(
            new Command("pubsub", "From the publish to the subscriber, over a broker.") { brokers },
            (parsed, load, cancellation) => EachAsync(parsed.GetRequiredValue(brokers), broker => PubSubScenario.RunAsync(broker, load, cancellation)));
    }

    private static async Task<IReadOnlyList<LoadResult>> EachAsync(IEnumerable<string> names, Func<string, Task<IReadOnlyList<LoadResult>>> measure)
    {
        var results = new List<LoadResult>();
        foreach (var name in names)
            results.AddRange(await measure(name));
        return results;
    }

    private static Option<string[]> On(string description, IReadOnlyList<string> names, string standard)
    {
        var option = new Option<string[]>("--on") { Description = description, DefaultValueFactory = _ => [standard], AllowMultipleArgumentsPerToken = true };
        option.AcceptOnlyFromAmong([.. names]);
        return option;
    }

    private static Command Everything() => new PlanOptions(count: 60_000, inFlight: 64).Complete(
        new Command("sidecar", "All of the sidecar's building blocks in turn, in one table."),
        async (_, load, cancellation) =>
        [
            .. await InvocationScenario.RunAsync(overGrpc: false, load, cancellation),
            .. await InvocationScenario.RunAsync(overGrpc: true, load, cancellation),
            .. await ActorScenario.RunAsync(overGrpc: false, load, cancellation),
            .. await StateScenario.RunAsync(Backend.Sqlite, keys: 200_000, load, cancellation),
            .. await PubSubScenario.RunAsync(Backend.Embedded, load with { InFlight = load.InFlight * 4 }, cancellation),
        ]);

    private static Command App()
    {
        var port = new Option<int>("--port") { Required = true };
        var work = new Option<int>("--work");
        var command = new Command("app", "The app behind the sidecar; the other commands start it.") { port, work };
        command.Hidden = true;
        command.SetAction((parsed, cancellation) => EchoApp.RunAsync(parsed.GetValue(port), parsed.GetValue(work), cancellation));
        return command;
    }

    private static Command Hub()
    {
        var port = new Option<int>("--port") { Required = true };
        var activities = new Option<int>("--activities") { Required = true };
        var command = new Command("hub", "The server of workflow-floor, which starts it.") { port, activities };
        command.Hidden = true;
        command.SetAction((parsed, cancellation) => BareHub.RunAsync(parsed.GetValue(port), parsed.GetValue(activities), cancellation));
        return command;
    }

    private static Option<string> Protocol()
    {
        var option = new Option<string>("--protocol") { Description = "What the client speaks.", DefaultValueFactory = _ => Http };
        option.AcceptOnlyFromAmong(Http, Grpc);
        return option;
    }

    /// <summary>How much load; each command has defaults of its own.</summary>
    private sealed class PlanOptions(int count, int inFlight)
    {
        private readonly Option<int> _count = new("--count") { Description = "Operations of each run.", DefaultValueFactory = _ => count };
        private readonly Option<int> _inFlight = new("--in-flight") { Description = "Operations under way at once.", DefaultValueFactory = _ => inFlight };

        public Command Complete(Command command, Func<ParseResult, LoadPlan, CancellationToken, Task<IReadOnlyList<LoadResult>>> run)
        {
            command.Options.Add(_count);
            command.Options.Add(_inFlight);
            command.SetAction(async (parsed, cancellation) =>
            {
                var yardstick = await Yardstick.MeasureAsync(cancellation);
                ResultTable.Print(yardstick, await run(parsed, new LoadPlan(parsed.GetValue(_count), parsed.GetValue(_inFlight)), cancellation));
            });
            return command;
        }
    }
}
