using System.Buffers.Binary;

namespace NexusCart.Sidecar.Api.Grpc;

/// <summary>A message on its way through the proxy is larger than allowed.</summary>
internal sealed class GrpcMessageTooLargeException(long size, int limit)
    : Exception($"grpc: received message larger than max ({size} vs. {limit})");

/// <summary>Follows the frames of a gRPC body that passes by in pieces, and refuses messages over the limit.</summary>
internal sealed class GrpcFrameMeter(int limit) : IBodyInspector
{
    private const int HeaderLength = 5;

    private readonly byte[] _header = new byte[HeaderLength];
    private int _headerBytes;
    private long _left;

    /// <summary>Looks at the next piece.</summary>
    /// <exception cref="GrpcMessageTooLargeException">A frame header announces more than the limit.</exception>
    public void Inspect(ReadOnlySpan<byte> piece)
    {
        while (!piece.IsEmpty)
        {
            if (_left > 0)
            {
                var skipped = (int)Math.Min(_left, piece.Length);
                _left -= skipped;
                piece = piece[skipped..];
                continue;
            }

            var taken = Math.Min(HeaderLength - _headerBytes, piece.Length);
            piece[..taken].CopyTo(_header.AsSpan(_headerBytes));
            _headerBytes += taken;
            piece = piece[taken..];
            if (_headerBytes < HeaderLength)
                return;
            _headerBytes = 0;
            _left = BinaryPrimitives.ReadUInt32BigEndian(_header.AsSpan(1));
            if (_left > limit)
                throw new GrpcMessageTooLargeException(_left, limit);
        }
    }
}
