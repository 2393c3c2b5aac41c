using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;
using Grpc.Core;

namespace Dapr.Workflow.Registration;

/// <summary>A message in the body of a gRPC call: a byte that tells whether it is compressed, its length, and the message.</summary>
internal static class GrpcFrame
{
    /// <summary>Bytes before the message.</summary>
    internal const int HeadBytes = 5;

    private const int FirstRead = 512;

    /// <summary>Writes a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="size">Its size, in bytes.</param>
    /// <param name="frame">At least <see cref="HeadBytes"/> longer.</param>
    internal static void Write(IMessage message, int size, Span<byte> frame)
    {
        frame[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(frame[1..], size);
        message.WriteTo(frame.Slice(HeadBytes, size));
    }

    /// <summary>Reads a body to its end.</summary>
    /// <returns>Its one message; null when there is none.</returns>
    /// <exception cref="RpcException">It is larger than allowed, or compressed, which nobody asked for.</exception>
    internal static async ValueTask<T?> ReadAsync<T>(HttpContent content, Marshaller<T> marshaller, int? limit, CancellationToken cancellation)
        where T : class
    {
        var stream = await content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent(FirstRead);
        try
        {
            var (read, needed) = (0, HeadBytes);
            while (true)
            {
                var count = await stream.ReadAsync(buffer.AsMemory(read), cancellation).ConfigureAwait(false);
                if (count == 0)
                    break;

                read += count;
                if (read >= HeadBytes)
                    needed = LengthOf(buffer, limit);
                if (read == buffer.Length)
                    buffer = Grow(buffer, Math.Max(needed + 1, read * 2));
            }

            return read >= HeadBytes && read == needed ? marshaller.ContextualDeserializer(new Payload(buffer.AsMemory(HeadBytes, read - HeadBytes))) : null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static int LengthOf(ReadOnlySpan<byte> frame, int? limit)
    {
        if (frame[0] != 0)
            throw new RpcException(new Status(StatusCode.Internal, "The answer is compressed."));

        var size = BinaryPrimitives.ReadUInt32BigEndian(frame[1..]);
        return size <= (limit ?? Array.MaxLength - HeadBytes)
            ? HeadBytes + (int)size
            : throw new RpcException(new Status(StatusCode.ResourceExhausted, "Received message exceeds the maximum configured message size."));
    }

    private static byte[] Grow(byte[] buffer, int size)
    {
        var larger = ArrayPool<byte>.Shared.Rent(size);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    private sealed class Payload(ReadOnlyMemory<byte> bytes) : DeserializationContext
    {
        public override int PayloadLength => bytes.Length;

        public override byte[] PayloadAsNewBuffer() => bytes.ToArray();

        public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => new(bytes);
    }
}
