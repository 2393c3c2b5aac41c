namespace NexusCart.Sidecar.Workflows.Dispatch;

/// <summary>What a worker is given.</summary>
internal enum WorkKind
{
    /// <summary>A turn of a workflow.</summary>
    Turn,

    /// <summary>An activity.</summary>
    Activity,
}

/// <summary>Something a worker has to do. Handed to one worker at a time, and to another when that one is gone.</summary>
internal interface IWorkUnit
{
    /// <summary>Turn or activity.</summary>
    WorkKind Kind { get; }

    /// <summary>The name of the workflow or activity, which may have a limit of its own.</summary>
    string Name { get; }

    /// <summary>The worker it is assigned to; set by the dispatcher alone.</summary>
    WorkerConnection? Worker { get; set; }

    /// <summary>Makes the item just before it goes out.</summary>
    /// <returns>The item, or null when there is nothing to do any more.</returns>
    WorkItemFrame? Begin();

    /// <summary>The worker is gone.</summary>
    /// <returns>Whether the unit must be handed out again.</returns>
    bool Abandon();
}
