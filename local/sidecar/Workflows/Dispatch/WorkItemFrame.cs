using System.Buffers;
using System.Text;
using Google.Protobuf;
using NexusCart.Sidecar.Workflows.Events;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows.Dispatch;

/// <summary>
/// A <see cref="WorkItem"/> as it goes over the wire. Written by hand, so that an instance's past, which is kept as bytes, is copied
/// once and never read.
/// </summary>
internal sealed class WorkItemFrame
{
    private const byte TurnTag = 0x0A;
    private const byte ActivityTag = 0x12;
    private const byte InstanceIdTag = 0x0A;

    private readonly ReadOnlyMemory<byte> _head;
    private readonly ReadOnlyMemory<byte> _past;
    private readonly ReadOnlyMemory<byte> _rest;

    private WorkItemFrame(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> past, ReadOnlyMemory<byte> rest)
    {
        _head = head;
        _past = past;
        _rest = rest;
    }

    /// <summary>The message's size in bytes.</summary>
    internal int Length => _head.Length + _past.Length + _rest.Length;

    /// <summary>A turn.</summary>
    /// <param name="instanceId">The instance.</param>
    /// <param name="past">Its history under <see cref="EventCodec.PastTag"/>.</param>
    /// <param name="newEvents">What is new under <see cref="EventCodec.NewTag"/>.</param>
    internal static WorkItemFrame Turn(string instanceId, ReadOnlyMemory<byte> past, ReadOnlyMemory<byte> newEvents)
    {
        var idLength = Encoding.UTF8.GetByteCount(instanceId);
        var head = new ArrayBufferWriter<byte>(idLength + 16);
        var idField = 1 + CodedOutputStream.ComputeLengthSize(idLength) + idLength;
        EventCodec.WriteHeader(head, TurnTag, idField + past.Length + newEvents.Length);
        EventCodec.WriteHeader(head, InstanceIdTag, idLength);
        Encoding.UTF8.GetBytes(instanceId, head);
        return new WorkItemFrame(head.WrittenMemory, past, newEvents);
    }

    /// <summary>An activity.</summary>
    internal static WorkItemFrame Activity(ActivityRequest request)
    {
        var size = request.CalculateSize();
        var buffer = new ArrayBufferWriter<byte>(size + 8);
        EventCodec.WriteHeader(buffer, ActivityTag, size);
        request.WriteTo(buffer);
        return new WorkItemFrame(buffer.WrittenMemory, default, default);
    }

    /// <summary>Writes the message.</summary>
    internal void WriteTo(IBufferWriter<byte> writer)
    {
        writer.Write(_head.Span);
        writer.Write(_past.Span);
        writer.Write(_rest.Span);
    }
}
