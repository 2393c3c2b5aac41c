namespace Dapr.Workflow.Abstractions.Attributes;

/// <summary>Names an activity for the official package's registration generator; the stand-in has none and reads nothing from it.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class WorkflowActivityAttribute : Attribute
{
    /// <summary>Registers under the class's name.</summary>
    public WorkflowActivityAttribute()
    {
    }

    /// <summary>Registers under a name of its own.</summary>
    /// <param name="name">The name.</param>
    public WorkflowActivityAttribute(string name) => Name = name;

    /// <summary>The name to register under; null: the class's.</summary>
    public string? Name { get; }
}
