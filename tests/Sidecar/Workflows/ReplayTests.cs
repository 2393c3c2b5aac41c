using Dapr.Common.Serialization;
using Dapr.Workflow;
using Dapr.Workflow.Worker;
using Dapr.Workflow.Worker.Replay;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NexusCart.TaskHub;

namespace NexusCart.Tests.Sidecar.Workflows;

/// <summary>One turn at a time: what a workflow's code decides given a past and what is new.</summary>
public sealed class ReplayTests
{
    private static readonly Timestamp Start = Timestamp.FromDateTime(new DateTime(2030, 1, 1, 12, 0, 0, DateTimeKind.Utc));

    [Fact]
    public async Task What_the_history_has_is_not_scheduled_again()
    {
        var turn = Turn(
            past: [TurnStarted(), Started("w"), Scheduled(0, "a")],
            fresh: [TurnStarted(), Completed(0, "5")]);
        var response = await RunAsync(turn, async context => await context.CallActivityAsync<int>("b", await context.CallActivityAsync<int>("a")));
        var action = Assert.Single(response!.Actions);
        Assert.Equal((1, "b", "5"), (action.Id, action.ScheduleTask.Name, action.ScheduleTask.Input));
    }

    [Fact]
    public async Task Code_that_does_not_fit_its_history_is_not_answered()
    {
        var turn = Turn(past: [TurnStarted(), Started("w"), Scheduled(0, "a")], fresh: [TurnStarted(), Completed(0, "5")]);
        Assert.Null(await RunAsync(turn, async context =>
        {
            try
            {
                return await context.CallActivityAsync<int>("renamed");
            }
            catch (Exception)
            {
                // A compensation must not be taken for an answer.
                return await context.CallActivityAsync<int>("undo");
            }
        }));
    }

    [Fact]
    public async Task Awaiting_something_foreign_leaves_the_workflow_where_it_is()
    {
        var turn = Turn(past: [], fresh: [TurnStarted(), Started("w")]);
        var gate = new TaskCompletionSource();
        var response = await RunAsync(turn, async context =>
        {
            await Task.Run(() => gate.Task);
            return await context.CallActivityAsync<int>("never");
        });
        gate.SetResult();
        Assert.Empty(response!.Actions);
    }

    [Fact]
    public async Task Yield_and_WhenAny_stay_on_the_turns_thread()
    {
        var turn = Turn(
            past: [TurnStarted(), Started("w"), Scheduled(0, "a"), Scheduled(1, "b")],
            fresh: [TurnStarted(), Completed(1, "7")]);
        var threads = new HashSet<int>();
        var response = await RunAsync(turn, async context =>
        {
            threads.Add(Environment.CurrentManagedThreadId);
            await Task.Yield();
            threads.Add(Environment.CurrentManagedThreadId);
            var first = context.CallActivityAsync<int>("a");
            var second = context.CallActivityAsync<int>("b");
            var winner = await Task.WhenAny(first, second);
            threads.Add(Environment.CurrentManagedThreadId);
            return winner == second ? await second : -1;
        });
        Assert.Equal("7", Assert.Single(response!.Actions).CompleteWorkflow.Result);
        Assert.Single(threads);
    }

    [Fact]
    public async Task A_patch_is_taken_by_what_is_new_and_not_by_what_has_passed_it()
    {
        var fresh = await RunAsync(Turn(past: [], fresh: [TurnStarted(), Started("w")]), Patched);
        Assert.Equal("new", fresh!.Actions[0].ScheduleTask.Name);
        Assert.Equal(["p"], fresh.Version.Patches);

        var old = await RunAsync(
            Turn(past: [TurnStarted(), Started("w"), Scheduled(0, "old")], fresh: [TurnStarted(), Completed(0, "1")]),
            Patched);
        Assert.Equal(OrchestrationStatus.Completed, old!.Actions[0].CompleteWorkflow.WorkflowStatus);
        Assert.Null(old.Version);

        var again = await RunAsync(
            Turn(past: [TurnStarted("p"), Started("w"), Scheduled(0, "new")], fresh: [TurnStarted(), Completed(0, "1")]),
            Patched);
        Assert.Equal(OrchestrationStatus.Completed, again!.Actions[0].CompleteWorkflow.WorkflowStatus);

        static async Task<int> Patched(WorkflowContext context) =>
            await context.CallActivityAsync<int>(context.IsPatched("p") ? "new" : "old");
    }

    [Fact]
    public async Task Retry_waits_grow_and_are_bounded()
    {
        var policy = new WorkflowRetryPolicy(4, TimeSpan.FromSeconds(1), 3, TimeSpan.FromSeconds(5));
        List<HistoryEvent> past = [TurnStarted(), Started("w")];
        var waits = new List<double>();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            past.Add(Scheduled(attempt * 2, "a"));
            var response = await RunAsync(Turn(past, fresh: [TurnStarted(), Failed(attempt * 2)]), Retried);
            var timer = Assert.Single(response!.Actions);
            Assert.Equal((attempt * 2) + 1, timer.Id);
            Assert.NotEmpty(timer.CreateTimer.ActivityRetry.TaskExecutionId);
            waits.Add((timer.CreateTimer.FireAt.ToDateTime() - Start.ToDateTime()).TotalSeconds);
            past.AddRange([Failed(attempt * 2), TimerCreated(timer.Id), Fired(timer.Id)]);
        }

        Assert.Equal([1, 3, 5], waits);
        past.Add(Scheduled(6, "a"));
        var last = await RunAsync(Turn(past, fresh: [TurnStarted(), Failed(6)]), Retried);
        Assert.Equal(OrchestrationStatus.Failed, Assert.Single(last!.Actions).CompleteWorkflow.WorkflowStatus);

        Task<int> Retried(WorkflowContext context) => context.CallActivityAsync<int>("a", options: new WorkflowTaskOptions(policy));
    }

    [Fact]
    public async Task The_last_event_alone_decides_on_terminate_and_suspend()
    {
        var terminated = Turn(
            past: [TurnStarted(), Started("w"), Scheduled(0, "a")],
            fresh: [TurnStarted(), new HistoryEvent { ExecutionTerminated = new ExecutionTerminatedEvent() }]);
        var end = Assert.Single((await RunAsync(terminated, static _ => throw new InvalidOperationException()))!.Actions).CompleteWorkflow;
        Assert.Equal(OrchestrationStatus.Terminated, end.WorkflowStatus);
        Assert.Null(end.Result);

        var suspended = Turn(
            past: [TurnStarted(), Started("w"), Scheduled(0, "a")],
            fresh: [TurnStarted(), Completed(0, "1"), new HistoryEvent { ExecutionSuspended = new ExecutionSuspendedEvent() }]);
        Assert.Empty((await RunAsync(suspended, static _ => throw new InvalidOperationException()))!.Actions);
    }

    [Fact]
    public async Task The_logger_is_silent_while_replaying()
    {
        var lines = new List<string>();
        var turn = Turn(past: [TurnStarted(), Started("w"), Scheduled(0, "a")], fresh: [TurnStarted(), Completed(0, "1")]);
        await RunAsync(
            turn,
            async context =>
            {
                var logger = context.CreateReplaySafeLogger("w");
                logger.LogInformation("before");
                var value = await context.CallActivityAsync<int>("a");
                logger.LogInformation("after {Value}", value);
                return value;
            },
            LoggerFactory.Create(logging => logging.AddProvider(new Lines(lines))));
        Assert.Equal(["after 1"], lines);
    }

    [Fact]
    public void Ids_are_version_5_of_the_instances_namespace()
    {
        // The example of RFC 9562, appendix A.4.
        var dns = new Guid("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
        Assert.Equal(new Guid("2ed6657d-e927-568b-95e1-2665a8aea6a2"), DeterministicGuid.Create(dns, "www.example.com"));
    }

    private static async Task<WorkflowResponse?> RunAsync(
        WorkflowRequest request,
        Func<WorkflowContext, Task<int>> workflow,
        ILoggerFactory? loggers = null)
    {
        var factory = new WorkflowsFactory(NullLogger<WorkflowsFactory>.Instance);
        factory.RegisterWorkflow<object?, int>("w", (context, _) => workflow(context));
        await using var services = new ServiceCollection().BuildServiceProvider();
        return await new TurnRunner(
            factory,
            services.GetRequiredService<IServiceScopeFactory>(),
            new JsonDaprSerializer(),
            loggers ?? NullLoggerFactory.Instance).RunAsync(request);
    }

    private static WorkflowRequest Turn(IEnumerable<HistoryEvent> past, IEnumerable<HistoryEvent> fresh) =>
        new() { InstanceId = "instance", PastEvents = { past }, NewEvents = { fresh } };

    private static HistoryEvent TurnStarted(params string[] patches) => new()
    {
        EventId = -1,
        Timestamp = Start,
        WorkflowStarted = new WorkflowStartedEvent { Version = patches.Length > 0 ? new WorkflowVersion { Patches = { patches } } : null },
    };

    private static HistoryEvent Started(string name) => new()
    {
        EventId = -1,
        Timestamp = Start,
        ExecutionStarted = new ExecutionStartedEvent
        {
            Name = name,
            WorkflowInstance = new NexusCart.TaskHub.WorkflowInstance { InstanceId = "instance", ExecutionId = "execution" },
        },
    };

    private static HistoryEvent Scheduled(int id, string name) => new() { EventId = id, TaskScheduled = new TaskScheduledEvent { Name = name } };

    private static HistoryEvent Completed(int id, string result) =>
        new() { EventId = -1, TaskCompleted = new TaskCompletedEvent { TaskScheduledId = id, Result = result } };

    private static HistoryEvent Failed(int id) => new()
    {
        EventId = -1,
        TaskFailed = new TaskFailedEvent { TaskScheduledId = id, FailureDetails = new TaskFailureDetails { ErrorType = "E", ErrorMessage = "m" } },
    };

    private static HistoryEvent TimerCreated(int id) => new() { EventId = id, TimerCreated = new TimerCreatedEvent { FireAt = Start } };

    private static HistoryEvent Fired(int id) => new() { EventId = -1, TimerFired = new TimerFiredEvent { TimerId = id } };

    private sealed class Lines(List<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Add(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
