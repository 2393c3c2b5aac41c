using Dapr.Workflow.Abstractions;
using Dapr.Workflow.Worker;
using Grpc.Net.Client;

namespace Dapr.Workflow;

/// <summary>Which workflows and activities this app runs, and how it reaches the sidecar.</summary>
public sealed class WorkflowRuntimeOptions
{
    private const int DefaultConcurrency = 100;
    private readonly List<Action<IWorkflowsFactory>> _registrations = [];
    private int _maxConcurrentWorkflows = DefaultConcurrency;
    private int _maxConcurrentActivities = DefaultConcurrency;

    /// <summary>Options of the channel to the sidecar, of which the message size limits are used.</summary>
    public GrpcChannelOptions? GrpcChannelOptions { get; private set; }

    /// <summary>How many workflow turns run at a time; at least 1, by default 100.</summary>
    [Obsolete("Set the limits in the Dapr runtime's configuration instead: the official package does not look at this one.")]
    public int MaxConcurrentWorkflows
    {
        get => _maxConcurrentWorkflows;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _maxConcurrentWorkflows = value;
        }
    }

    /// <summary>How many activities run at a time; at least 1, by default 100.</summary>
    [Obsolete("Set the limits in the Dapr runtime's configuration instead: the official package does not look at this one.")]
    public int MaxConcurrentActivities
    {
        get => _maxConcurrentActivities;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _maxConcurrentActivities = value;
        }
    }

    internal int WorkflowLimit => _maxConcurrentWorkflows;

    internal int ActivityLimit => _maxConcurrentActivities;

    /// <summary>Sets <see cref="GrpcChannelOptions"/>.</summary>
    /// <param name="grpcChannelOptions">The options.</param>
    public void UseGrpcChannelOptions(GrpcChannelOptions grpcChannelOptions)
    {
        ArgumentNullException.ThrowIfNull(grpcChannelOptions);
        GrpcChannelOptions = grpcChannelOptions;
    }

    /// <inheritdoc cref="IWorkflowsFactory.RegisterWorkflow{TInput,TOutput}(string,Func{WorkflowContext,TInput,Task{TOutput}})"/>
    public void RegisterWorkflow<TInput, TOutput>(string name, Func<WorkflowContext, TInput, Task<TOutput>> implementation)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(implementation);
        _registrations.Add(factory => factory.RegisterWorkflow(name, implementation));
    }

    /// <inheritdoc cref="IWorkflowsFactory.RegisterWorkflow{TWorkflow}(string?)"/>
    public void RegisterWorkflow<TWorkflow>(string? name = null)
        where TWorkflow : class, IWorkflow =>
        _registrations.Add(factory => factory.RegisterWorkflow<TWorkflow>(name));

    /// <inheritdoc cref="IWorkflowsFactory.RegisterActivity{TInput,TOutput}(string,Func{WorkflowActivityContext,TInput,Task{TOutput}})"/>
    public void RegisterActivity<TInput, TOutput>(string name, Func<WorkflowActivityContext, TInput, Task<TOutput>> implementation)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(implementation);
        _registrations.Add(factory => factory.RegisterActivity(name, implementation));
    }

    /// <inheritdoc cref="IWorkflowsFactory.RegisterActivity{TActivity}(string?)"/>
    public void RegisterActivity<TActivity>(string? name = null)
        where TActivity : class, IWorkflowActivity =>
        _registrations.Add(factory => factory.RegisterActivity<TActivity>(name));

    /// <summary>Makes a factory know what was registered here.</summary>
    /// <param name="factory">The factory.</param>
    public void ApplyRegistrations(IWorkflowsFactory factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        foreach (var registration in _registrations)
        {
            registration(factory);
        }
    }
}
