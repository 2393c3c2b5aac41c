using System.Diagnostics.CodeAnalysis;
using Dapr.Workflow.Abstractions;

namespace Dapr.Workflow.Worker;

/// <summary>Knows the registered workflows and activities by name and makes instances of them. Names are the same in upper and lower case; the first registration of a name wins.</summary>
public interface IWorkflowsFactory
{
    /// <summary>Registers a workflow class.</summary>
    /// <typeparam name="TWorkflow">The class; its constructor may ask for services.</typeparam>
    /// <param name="name">The name; null: the class's.</param>
    void RegisterWorkflow<TWorkflow>(string? name = null)
        where TWorkflow : class, IWorkflow;

    /// <summary>Registers a function as a workflow.</summary>
    /// <typeparam name="TInput">Its input.</typeparam>
    /// <typeparam name="TOutput">Its result.</typeparam>
    /// <param name="name">The name.</param>
    /// <param name="implementation">The function.</param>
    void RegisterWorkflow<TInput, TOutput>(string name, Func<WorkflowContext, TInput, Task<TOutput>> implementation);

    /// <summary>Registers an activity class.</summary>
    /// <typeparam name="TActivity">The class; its constructor may ask for services.</typeparam>
    /// <param name="name">The name; null: the class's.</param>
    void RegisterActivity<TActivity>(string? name = null)
        where TActivity : class, IWorkflowActivity;

    /// <summary>Registers a function as an activity.</summary>
    /// <typeparam name="TInput">Its input.</typeparam>
    /// <typeparam name="TOutput">Its result.</typeparam>
    /// <param name="name">The name.</param>
    /// <param name="implementation">The function.</param>
    void RegisterActivity<TInput, TOutput>(string name, Func<WorkflowActivityContext, TInput, Task<TOutput>> implementation);

    /// <summary>Makes an instance of a workflow.</summary>
    /// <param name="identifier">Its name.</param>
    /// <param name="serviceProvider">Where its constructor's services come from.</param>
    /// <param name="workflow">The instance.</param>
    /// <param name="activationException">What the constructor threw; null when the name is not registered.</param>
    /// <returns>Whether there is an instance.</returns>
    bool TryCreateWorkflow(
        TaskIdentifier identifier,
        IServiceProvider serviceProvider,
        [NotNullWhen(true)] out IWorkflow? workflow,
        out Exception? activationException);

    /// <summary>Makes an instance of an activity.</summary>
    /// <param name="identifier">Its name.</param>
    /// <param name="serviceProvider">Where its constructor's services come from.</param>
    /// <param name="activity">The instance.</param>
    /// <param name="activationException">What the constructor threw; null when the name is not registered.</param>
    /// <returns>Whether there is an instance.</returns>
    bool TryCreateActivity(
        TaskIdentifier identifier,
        IServiceProvider serviceProvider,
        [NotNullWhen(true)] out IWorkflowActivity? activity,
        out Exception? activationException);
}
