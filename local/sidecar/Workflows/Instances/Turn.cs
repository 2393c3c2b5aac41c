using Google.Protobuf.WellKnownTypes;

namespace NexusCart.Sidecar.Workflows.Instances;

/// <summary>
/// A turn under way. It keeps its events when its worker is lost, so that an answer to any of its deliveries fits. Guarded by the
/// instance's lock.
/// </summary>
internal sealed class Turn(IReadOnlyList<InboxEvent> events)
{
    /// <summary>What is new in this turn.</summary>
    internal IReadOnlyList<InboxEvent> Events { get; } = events;

    /// <summary>When it was last handed out.</summary>
    internal Timestamp StartedAt { get; set; } = new();

    /// <summary>A worker has it.</summary>
    internal bool IsOut { get; set; }

    /// <summary>It was answered; what follows is stored.</summary>
    internal bool IsAnswered { get; set; }

    // A field, not a property: a signal is a value that must be changed in place.
    internal Signal Done;
}
