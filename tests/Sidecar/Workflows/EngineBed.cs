using System.Buffers;
using System.Collections.Concurrent;
using Dapr.Common.Serialization;
using Dapr.Workflow;
using Dapr.Workflow.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NexusCart.Sidecar.Components.State;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.State;
using NexusCart.Sidecar.Workflows;
using NexusCart.Sidecar.Workflows.Dispatch;
using NexusCart.TaskHub;

namespace NexusCart.Tests.Sidecar.Workflows;

/// <summary>
/// The engine without network and process: a store that outlives engines and fails on demand, and the stand-in's runners as worker.
/// </summary>
internal sealed class EngineBed : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly TemporaryFolder _folder = new();
    private readonly ServiceProvider _services;
    private readonly InMemoryStateStore _memory;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, int> _runs = new();
    private readonly List<LocalCluster> _clusters = [];

    public EngineBed(Action<WorkflowRuntimeOptions> register, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        _memory = new InMemoryStateStore(_time);
        _services = new ServiceCollection().AddLogging().AddDaprWorkflow(register).BuildServiceProvider();
        Store = new FailingStore(_memory);
    }

    public FailingStore Store { get; private set; }

    public WorkflowEngine Engine { get; private set; } = null!;

    /// <summary>How often each activity ran, by name.</summary>
    public IReadOnlyDictionary<string, int> Runs => _runs;

    /// <summary>Starts an engine on what the store holds; one that runs is left as if its process had been killed.</summary>
    /// <param name="strict">Whether it does as daprd does.</param>
    /// <param name="maxBodySize">Largest work item, in bytes.</param>
    /// <param name="change">Changes other settings.</param>
    /// <param name="prepare">Has the store fail from the first.</param>
    public async Task<WorkflowEngine> StartAsync(
        bool strict = false,
        int maxBodySize = 4 << 20,
        Func<WorkflowEngineOptions, WorkflowEngineOptions>? change = null,
        Action<FailingStore>? prepare = null)
    {
        Store.Kill();
        Store = new FailingStore(_memory);
        prepare?.Invoke(Store);
        var cluster = new LocalCluster(_folder.Path, _time, NullLoggerFactory.Instance);
        _clusters.Add(cluster);
        var options = new WorkflowEngineOptions { AppId = "orders", Strict = strict, MaxBodySize = maxBodySize };
        Engine = WorkflowHub.Of(cluster).Attach(change?.Invoke(options) ?? options, Store);
        await Engine.Ready.WaitAsync(Patience);
        return Engine;
    }

    /// <summary>Connects a worker that does what the registered code says, until it is disposed.</summary>
    public IDisposable StartWorker()
    {
        var engine = Engine;
        var worker = engine.ConnectWorker();
        _ = Task.Run(async () =>
        {
            while (await worker.WaitAsync(CancellationToken.None))
            {
                while (worker.TryNext(out var frame))
                {
                    var item = Parse(frame);
                    _ = Task.Run(() => ServeAsync(engine, item));
                }
            }
        });
        return worker;
    }

    /// <summary>Waits until an instance has ended.</summary>
    public async Task<NexusCart.TaskHub.WorkflowState> EndAsync(string instanceId) =>
        (await Engine.WaitForCompletionAsync(instanceId, withPayloads: true, CancellationToken.None).WaitAsync(Patience))!;

    public Task StartAsync(string instanceId, string name, string? input = null, DateTimeOffset? at = null) =>
        Engine.StartAsync(new WorkflowStartRequest(instanceId, name) { Input = input, StartAt = at }, CancellationToken.None).WaitAsync(Patience);

    public static WorkItem Parse(WorkItemFrame frame)
    {
        var buffer = new ArrayBufferWriter<byte>();
        frame.WriteTo(buffer);
        Assert.Equal(frame.Length, buffer.WrittenCount);
        return WorkItem.Parser.ParseFrom(buffer.WrittenSpan);
    }

    public async ValueTask DisposeAsync()
    {
        Store.Kill();
        foreach (var cluster in _clusters)
            await cluster.DisposeAsync();
        await _services.DisposeAsync();
        await _memory.DisposeAsync();
        _folder.Dispose();
    }

    private async Task ServeAsync(WorkflowEngine engine, WorkItem item)
    {
        if (item.ActivityRequest is { } activity)
        {
            _runs.AddOrUpdate(activity.Name, 1, static (_, count) => count + 1);
            var response = await _services.GetRequiredService<ActivityRunner>().RunAsync(activity);
            await engine.CompleteActivityAsync(response);
        }
        else if (await _services.GetRequiredService<TurnRunner>().RunAsync(item.WorkflowRequest) is { } response)
        {
            await engine.CompleteTurnAsync(response);
        }
    }
}

/// <summary>A store that a crash cuts off: at a chosen commit, before or after it is done, everything fails from then on.</summary>
internal sealed class FailingStore(IStateStore inner) : IStateStore, IStateKeyScanner
{
    private readonly TaskCompletionSource _died = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _commits;
    private int _reads;
    private int _scans;
    private volatile bool _isDead;

    /// <summary>The commit at which the process dies, from 1; 0: never.</summary>
    public int DieAt { get; set; }

    /// <summary>Whether that commit is still done.</summary>
    public bool CommitsLast { get; set; }

    /// <summary>Commits that fail and leave the process alive.</summary>
    public Func<IReadOnlyList<StateOperation>, bool> Refuses { get; set; } = static _ => false;

    /// <summary>Commits that are done and nevertheless fail.</summary>
    public Func<IReadOnlyList<StateOperation>, bool> LosesAnswer { get; set; } = static _ => false;

    /// <inheritdoc/>
    public bool ScansEveryKey { get; set; }

    /// <summary>How often keys were looked for by their prefix.</summary>
    public int Scans => Volatile.Read(ref _scans);

    /// <summary>Scans that fail.</summary>
    public Func<bool> RefusesScan { get; set; } = static () => false;

    public int Commits => Volatile.Read(ref _commits);

    /// <summary>What each commit wrote: rows, and bytes of keys and values.</summary>
    public ConcurrentQueue<(int Rows, int Bytes)> Written { get; } = new();

    /// <summary>Keys that were read.</summary>
    public int Reads => Volatile.Read(ref _reads);

    public Task Died => _died.Task;

    public void Kill()
    {
        _isDead = true;
        _died.TrySetResult();
    }

    public Task InitAsync(CancellationToken cancellation) => Task.CompletedTask;

    public ValueTask<StateEntry?> GetAsync(string key, CancellationToken cancellation)
    {
        RequireLife();
        Interlocked.Increment(ref _reads);
        return inner.GetAsync(key, cancellation);
    }

    public ValueTask<IReadOnlyList<StateHit>> GetManyAsync(IReadOnlyList<string> keys, CancellationToken cancellation)
    {
        RequireLife();
        Interlocked.Add(ref _reads, keys.Count);
        return inner.GetManyAsync(keys, cancellation);
    }

    public ValueTask WriteAsync(StateOperation operation, CancellationToken cancellation) => TransactAsync([operation], cancellation);

    public async ValueTask TransactAsync(IReadOnlyList<StateOperation> operations, CancellationToken cancellation)
    {
        RequireLife();
        var number = Interlocked.Increment(ref _commits);
        if (Refuses(operations))
            throw new IOException("the disk is busy");
        if (number == DieAt)
        {
            if (CommitsLast)
                await inner.TransactAsync(operations, cancellation);
            Kill();
            throw new IOException("the process died");
        }

        await inner.TransactAsync(operations, cancellation);
        if (LosesAnswer(operations))
            throw new IOException("the connection broke");
        Written.Enqueue((operations.Count, operations.Sum(static operation => operation.Key.Length + (operation is StateUpsert { Value: var value } ? value.Length : 0))));
    }

    public ValueTask<IReadOnlyList<string>> ScanKeysAsync(string prefix, string? after, int limit, CancellationToken cancellation)
    {
        RequireLife();
        Interlocked.Increment(ref _scans);
        if (RefusesScan())
            throw new IOException("the server is starting up");
        return ((IStateKeyScanner)inner).ScanKeysAsync(prefix, after, limit, cancellation);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void RequireLife()
    {
        if (_isDead)
            throw new IOException("the process died");
    }
}
