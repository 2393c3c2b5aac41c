namespace Dapr.Workflow;

/// <summary>Where generated code registers the workflows and activities of a compilation before the host is built.</summary>
public static class WorkflowAutoRegistry
{
    private static readonly Lock Gate = new();
    private static readonly List<Action<WorkflowRuntimeOptions>> Registrations = [];

    /// <summary>Adds registrations that every later <c>AddDaprWorkflow</c> applies after the caller's own. Adding the same delegate twice is one.</summary>
    /// <param name="registration">Registers workflows and activities.</param>
    public static void Register(Action<WorkflowRuntimeOptions> registration)
    {
        ArgumentNullException.ThrowIfNull(registration);
        lock (Gate)
        {
            if (!Registrations.Contains(registration))
                Registrations.Add(registration);
        }
    }

    internal static void Apply(WorkflowRuntimeOptions options)
    {
        Action<WorkflowRuntimeOptions>[] registrations;
        lock (Gate)
        {
            registrations = [.. Registrations];
        }

        foreach (var registration in registrations)
        {
            registration(options);
        }
    }
}
