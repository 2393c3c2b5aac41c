using Google.Protobuf;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows.Events;

/// <summary>
/// The history of an instance in memory: its stored batches in one growing buffer. Only ever appended to, so a part handed out stays
/// valid while more comes in. Guarded by the instance's lock.
/// </summary>
internal sealed class HistoryLog
{
    private byte[]? _buffer = [];
    private int _length;

    /// <summary>Batches stored under this generation.</summary>
    internal int Batches { get; private set; }

    /// <summary>Bytes of all events.</summary>
    internal int Length => _length;

    /// <summary>False when the bytes were given back and must be read from the store.</summary>
    internal bool IsLoaded => _buffer is not null;

    /// <summary>The events, ready to stand in a work item.</summary>
    internal ReadOnlyMemory<byte> Events => _buffer.AsMemory(0, _length);

    /// <summary>Adds a stored batch.</summary>
    internal void Append(ReadOnlySpan<byte> batch)
    {
        Batches++;
        if (_buffer is null)
        {
            _length += batch.Length;
            return;
        }

        if (_buffer.Length - _length < batch.Length)
        {
            const int Smallest = 512;
            Array.Resize(ref _buffer, Math.Max(Math.Max(_length * 2, _length + batch.Length), Smallest));
        }

        batch.CopyTo(_buffer.AsSpan(_length));
        _length += batch.Length;
    }

    /// <summary>Gives the bytes back; the store has them.</summary>
    internal void Unload() => _buffer = null;

    /// <summary>Takes the bytes in again.</summary>
    /// <param name="batches">All batches of the generation, oldest first.</param>
    internal void Load(IReadOnlyList<ReadOnlyMemory<byte>> batches)
    {
        _buffer = new byte[batches.Sum(static batch => batch.Length)];
        _length = 0;
        Batches = 0;
        foreach (var batch in batches)
        {
            Append(batch.Span);
        }
    }

    /// <summary>The events, read.</summary>
    internal IReadOnlyList<HistoryEvent> Read() => WorkflowRequest.Parser.ParseFrom(_buffer.AsSpan(0, _length)).PastEvents;
}
