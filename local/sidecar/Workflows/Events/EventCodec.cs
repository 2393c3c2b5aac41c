using System.Buffers;
using Google.Protobuf;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows.Events;

/// <summary>
/// History events as bytes. A stored batch is a run of events each preceded by the tag and length of
/// <c>WorkflowRequest.pastEvents</c>, so that the batches of an instance, one after the other, are the past of its next work item
/// without being read or written again.
/// </summary>
internal static class EventCodec
{
    /// <summary>The tag of <c>WorkflowRequest.pastEvents</c>.</summary>
    internal const byte PastTag = 0x1A;

    /// <summary>The tag of <c>WorkflowRequest.newEvents</c>.</summary>
    internal const byte NewTag = 0x22;

    /// <summary>Appends a serialized event under a tag.</summary>
    internal static void Append(IBufferWriter<byte> buffer, byte tag, ReadOnlySpan<byte> serialized)
    {
        WriteHeader(buffer, tag, serialized.Length);
        buffer.Write(serialized);
    }

    /// <summary>Appends an event under a tag.</summary>
    internal static void Append(IBufferWriter<byte> buffer, byte tag, HistoryEvent item)
    {
        WriteHeader(buffer, tag, item.CalculateSize());
        item.WriteTo(buffer);
    }

    /// <summary>Writes a one-byte tag and a length.</summary>
    internal static void WriteHeader(IBufferWriter<byte> buffer, byte tag, int length)
    {
        const int MostBytes = 6;
        var span = buffer.GetSpan(MostBytes);
        span[0] = tag;
        var at = 1;
        for (var rest = (uint)length; ; rest >>= 7)
        {
            if (rest < 0x80)
            {
                span[at++] = (byte)rest;
                break;
            }

            span[at++] = (byte)(rest | 0x80);
        }

        buffer.Advance(at);
    }
}
