using System.Text;

namespace NexusCart.Platform.Actors;

/// <summary>
/// The hash that places a key on a shard or partition. It is FNV-1a (32 bit) over the key's UTF-8 bytes followed by
/// the MurmurHash3 finaliser, which spreads the low bits that the modulo keeps. Stored data depends on it: it must
/// give the same answer on every machine and in every release, so it never changes.
/// </summary>
public static class StableHash
{
    private const uint OffsetBasis = 2166136261;
    private const uint Prime = 16777619;

    /// <summary>The 32-bit hash of <paramref name="key"/>.</summary>
    public static uint Of(ReadOnlySpan<char> key)
    {
        Span<byte> bytes = stackalloc byte[256];
        if (!Encoding.UTF8.TryGetBytes(key, bytes, out var length))
        {
            bytes = Encoding.UTF8.GetBytes(key.ToString());
            length = bytes.Length;
        }

        var hash = OffsetBasis;
        foreach (var value in bytes[..length])
            hash = (hash ^ value) * Prime;

        hash ^= hash >> 16;
        hash *= 0x85ebca6b;
        hash ^= hash >> 13;
        hash *= 0xc2b2ae35;
        return hash ^ (hash >> 16);
    }

    /// <summary>The place of <paramref name="key"/> among <paramref name="count"/> shards, from 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    public static int Bucket(ReadOnlySpan<char> key, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return (int)(Of(key) % (uint)count);
    }
}
