using System.Text.Json;
using Dapr.Workflow;
using Dapr.Workflow.Abstractions;

namespace NexusCart.Tests.Workflows.Harness;

/// <summary>
/// A durable workflow engine in one thread: after every event it replays the whole history on a fresh workflow, demands the
/// same decisions as before, and carries the new ones out. Time is virtual: timers fire when nothing else is left to do.
/// </summary>
internal sealed class WorkflowRunner
{
    private static readonly DateTime Epoch = new(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private const int MaxEvents = 5_000;

    private readonly Dictionary<string, IWorkflowActivity> _activities = [];
    private readonly List<HistoryEvent> _history = [];
    private readonly HashSet<int> _settled = [];
    private IReadOnlyList<Decision> _decisions = [];
    private DateTime _now = Epoch;

    /// <summary>Called before an activity runs, with its name; may raise events, or throw to make the attempt fail.</summary>
    public Action<string>? BeforeActivity { get; set; }

    /// <summary>Called after an activity ran, with its name; may raise events.</summary>
    public Action<string>? AfterActivity { get; set; }

    /// <summary>Called when nothing is left but to wait for a timer; may raise events.</summary>
    public Action? WhenIdle { get; set; }

    /// <summary>The same for what takes a while; awaited before the timer fires.</summary>
    public Func<Task>? WhenIdleAsync { get; set; }

    /// <summary>Activities whose first run is lost with its worker: the effect happens, the result does not arrive.</summary>
    public HashSet<string> LosesWorkerIn { get; } = [];

    /// <summary>The activities run, in order, repetitions included.</summary>
    public List<string> Ran { get; } = [];

    /// <summary>What happened.</summary>
    public IReadOnlyList<HistoryEvent> History => _history;

    /// <summary>The workflow's virtual time.</summary>
    public DateTime Now => _now;

    public WorkflowRunner Register(IWorkflowActivity activity)
    {
        _activities.Add(activity.GetType().Name, activity);
        return this;
    }

    public void Raise(string name, object payload) =>
        _history.Add(new EventRaised(Tick(), name, JsonSerializer.Serialize(payload, ReplayingContext.Json)));

    public async Task<TOutput> RunAsync<TWorkflow, TInput, TOutput>(string instanceId, TInput input)
        where TWorkflow : Workflow<TInput, TOutput>, new()
    {
        var inputJson = JsonSerializer.Serialize(input, ReplayingContext.Json);
        while (_history.Count < MaxEvents)
        {
            var task = Replay<TWorkflow, TInput, TOutput>(instanceId, inputJson);
            if (task.IsCompleted)
                return await task;
            await CarryOnAsync(instanceId);
        }

        throw new InvalidOperationException($"No end after {MaxEvents} events; last ran: {Ran[^1]}.");
    }

    private Task<TOutput> Replay<TWorkflow, TInput, TOutput>(string instanceId, string inputJson)
        where TWorkflow : Workflow<TInput, TOutput>, new()
    {
        var context = new ReplayingContext(instanceId, Epoch);
        var task = new TWorkflow().RunAsync(context, JsonSerializer.Deserialize<TInput>(inputJson, ReplayingContext.Json)!);
        foreach (var happened in _history)
            context.Apply(happened);

        // Determinism: what was decided once is decided again, word for word.
        Assert.Equal(_decisions, context.Decisions.Take(_decisions.Count));
        _decisions = [.. context.Decisions];
        return task;
    }

    private async Task CarryOnAsync(string instanceId)
    {
        var activity = _decisions.OfType<ScheduleActivity>().FirstOrDefault(decision => !_settled.Contains(decision.Id));
        if (activity is not null)
        {
            await RunActivityAsync(instanceId, activity);
            return;
        }

        var before = _history.Count;
        WhenIdle?.Invoke();
        if (WhenIdleAsync is { } actAsync)
            await actAsync();
        if (_history.Count > before)
            return;
        var timer = _decisions.OfType<CreateTimer>().Where(decision => !_settled.Contains(decision.Id)).MinBy(decision => decision.FireAt)
            ?? throw new InvalidOperationException("The workflow waits for nothing that could come.");
        _settled.Add(timer.Id);
        _now = timer.FireAt > _now ? timer.FireAt : _now;
        _history.Add(new TimerFired(Tick(), timer.Id));
    }

    private async Task RunActivityAsync(string instanceId, ScheduleActivity scheduled)
    {
        var activity = _activities[scheduled.Name];
        Ran.Add(scheduled.Name);
        try
        {
            BeforeActivity?.Invoke(scheduled.Name);
            var result = await InvokeAsync(activity, instanceId, scheduled);
            if (LosesWorkerIn.Remove(scheduled.Name))
                return;
            _settled.Add(scheduled.Id);
            _history.Add(new ActivityCompleted(Tick(), scheduled.Id, JsonSerializer.Serialize(result, ReplayingContext.Json)));
        }
        catch (Exception failure) when (failure is not NotSupportedException)
        {
            if (LosesWorkerIn.Remove(scheduled.Name))
                return;
            _settled.Add(scheduled.Id);
            _history.Add(new ActivityFailed(Tick(), scheduled.Id, failure.GetType().FullName!, failure.Message));
        }

        AfterActivity?.Invoke(scheduled.Name);
    }

    private static Task<object?> InvokeAsync(IWorkflowActivity activity, string instanceId, ScheduleActivity scheduled) =>
        activity.RunAsync(
            new ActivityContext(scheduled.Name, instanceId, $"{instanceId}/{scheduled.Id}"),
            JsonSerializer.Deserialize(scheduled.InputJson, activity.InputType, ReplayingContext.Json));

    private DateTime Tick() => _now = _now.AddMilliseconds(1);

    private sealed class ActivityContext(string name, string instanceId, string key) : WorkflowActivityContext
    {
        public override TaskIdentifier Identifier => new(name);

        public override string TaskExecutionKey => key;

        public override string InstanceId => instanceId;
    }
}
