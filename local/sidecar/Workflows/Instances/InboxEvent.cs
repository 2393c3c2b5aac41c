using Google.Protobuf;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows.Instances;

/// <summary>An event that waits for the next turn of its instance.</summary>
internal sealed class InboxEvent
{
    private TaskCompletionSource? _consumed;

    internal InboxEvent(HistoryEvent item)
        : this(item.ToByteArray(), item.EventTypeCase)
    {
    }

    internal InboxEvent(ReadOnlyMemory<byte> serialized, HistoryEvent.EventTypeOneofCase kind)
    {
        Serialized = serialized;
        Kind = kind;
    }

    internal ReadOnlyMemory<byte> Serialized { get; }

    internal HistoryEvent.EventTypeOneofCase Kind { get; }

    /// <summary>
    /// The number of its key in the store; null while it is only in memory, since the history can bring it forth again. Guarded by the
    /// instance's lock.
    /// </summary>
    internal long? Number { get; set; }

    /// <summary>The write of its key, when it is stored while it waits; a commit that deletes the key must come after.</summary>
    internal Task? Storing { get; set; }

    /// <summary>
    /// Completes when the event is stored, with the turn that took it as a rule, or the instance has ended. To be asked for before it is
    /// put in. Who waits goes on within <see cref="Consume"/>: an answer is acknowledged before what it brought about is told.
    /// </summary>
    internal Task WhenConsumed => (_consumed ??= new()).Task;

    internal bool IsConsumed => _consumed is { Task.IsCompleted: true };

    /// <summary>To be called without a lock.</summary>
    internal void Consume() => _consumed?.TrySetResult();

    internal HistoryEvent Read() => HistoryEvent.Parser.ParseFrom(Serialized.Span);
}
