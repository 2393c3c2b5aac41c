using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Dapr.Workflow.Worker.Replay;

/// <summary>Version 5 UUIDs (RFC 9562): the same for the same namespace and name.</summary>
internal static class DeterministicGuid
{
    private const int GuidBytes = 16;

    // Where an instance's id is no UUID itself, its namespace is derived under this one. That of the official package, so both agree.
    private static readonly Guid InstanceNamespace = new("6f927a2e-9c7e-4a1d-9b8d-7a86f2e7f62f");

    /// <summary>The namespace of an instance's ids.</summary>
    internal static Guid NamespaceOf(string instanceId) => Guid.TryParse(instanceId, out var guid) ? guid : Create(InstanceNamespace, instanceId);

    /// <summary>The UUID of a name.</summary>
    internal static Guid Create(Guid @namespace, string name)
    {
        Span<byte> input = stackalloc byte[512];
        var length = GuidBytes + Encoding.UTF8.GetByteCount(name);
        if (length > input.Length)
            input = new byte[length];

        @namespace.TryWriteBytes(input, bigEndian: true, out _);
        Encoding.UTF8.GetBytes(name, input[GuidBytes..]);
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // Version 5 is defined by SHA-1; nothing is secured by it.
        SHA1.HashData(input[..length], hash);
#pragma warning restore CA5350
        var version = BinaryPrimitives.ReadUInt16BigEndian(hash[6..]);
        BinaryPrimitives.WriteUInt16BigEndian(hash[6..], (ushort)((version & 0x0FFF) | 0x5000));
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..GuidBytes], bigEndian: true);
    }
}
