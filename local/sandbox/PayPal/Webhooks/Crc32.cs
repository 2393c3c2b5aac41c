namespace NexusCart.Sandbox.PayPal.Webhooks;

/// <summary>CRC-32 (ISO-HDLC, the one of zip and PNG): the digest PayPal signs in place of the body.</summary>
public static class Crc32
{
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(start =>
    {
        var value = (uint)start;
        for (var bit = 0; bit < 8; bit++)
            value = (value & 1) == 0 ? value >> 1 : (value >> 1) ^ 0xEDB88320;
        return value;
    })];

    /// <summary>The checksum of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var each in bytes)
            crc = Table[(byte)(crc ^ each)] ^ (crc >> 8);
        return ~crc;
    }
}
