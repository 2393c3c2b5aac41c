namespace Dapr.Workflow.Client;

/// <summary>How a workflow is started.</summary>
public sealed class StartWorkflowOptions
{
    /// <summary>The instance's id; null: a new one.</summary>
    public string? InstanceId { get; set; }

    /// <summary>When it starts; null: at once.</summary>
    public DateTimeOffset? StartAt { get; set; }
}

/// <summary>Builds <see cref="StartWorkflowOptions"/>.</summary>
public sealed class StartWorkflowOptionsBuilder
{
    private string? _instanceId;
    private DateTimeOffset? _startAt;

    /// <summary>The options built so far.</summary>
    /// <param name="builder">The builder.</param>
#pragma warning disable CA2225 // The signatures are those of the official package; Build() is the named form.
    public static implicit operator StartWorkflowOptions(StartWorkflowOptionsBuilder builder) => builder.Build();
#pragma warning restore CA2225

    /// <summary>Sets the instance's id.</summary>
    /// <param name="instanceId">The id.</param>
    /// <returns>This builder.</returns>
    public StartWorkflowOptionsBuilder WithInstanceId(string instanceId)
    {
        _instanceId = instanceId;
        return this;
    }

    /// <summary>Sets when it starts.</summary>
    /// <param name="startAt">The time.</param>
    /// <returns>This builder.</returns>
    public StartWorkflowOptionsBuilder StartAt(DateTimeOffset startAt)
    {
        _startAt = startAt;
        return this;
    }

    /// <summary>Sets when it starts, counted from now.</summary>
    /// <param name="delay">The delay.</param>
    /// <returns>This builder.</returns>
    public StartWorkflowOptionsBuilder StartAfter(TimeSpan delay)
    {
        _startAt = DateTimeOffset.UtcNow.Add(delay);
        return this;
    }

    /// <summary>The options built so far.</summary>
    /// <returns>New options.</returns>
    public StartWorkflowOptions Build() => new() { InstanceId = _instanceId, StartAt = _startAt };
}
