using System.Buffers;
using System.Text;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>Percent escapes of URLs as Go reads and writes them.</summary>
internal static class PercentEncoding
{
    private static readonly SearchValues<byte> PlainInPath = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~$&+,/:;=@!'()*"u8);

    /// <summary>The decoded text, or null when an escape is malformed.</summary>
    public static string? Decode(string text, bool plusIsSpace)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
            return plusIsSpace ? text.Replace('+', ' ') : text;
        var source = Encoding.UTF8.GetBytes(text);
        var decoded = new byte[source.Length];
        var length = 0;
        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] != '%')
            {
                decoded[length++] = plusIsSpace && source[i] == '+' ? (byte)' ' : source[i];
                continue;
            }

            if (i + 2 >= source.Length || !char.IsAsciiHexDigit((char)source[i + 1]) || !char.IsAsciiHexDigit((char)source[i + 2]))
                return null;
            decoded[length++] = (byte)((HexValue(source[i + 1]) << 4) | HexValue(source[i + 2]));
            i += 2;
        }

        return Encoding.UTF8.GetString(decoded, 0, length);
    }

    /// <summary>The path with what must be escaped escaped; everything else stays as it is.</summary>
    /// <param name="path">A decoded path, or an escaped one when <paramref name="keepEscapes"/>.</param>
    /// <param name="keepEscapes">Leave <c>%XX</c> alone instead of escaping the percent sign.</param>
    public static string EncodePath(string path, bool keepEscapes = false)
    {
        var source = Encoding.UTF8.GetBytes(path);
        if (source.AsSpan().IndexOfAnyExcept(PlainInPath) < 0)
            return path;
        var encoded = new StringBuilder(path.Length + 16);
        foreach (var octet in source)
        {
            if (PlainInPath.Contains(octet) || (keepEscapes && octet == '%'))
                encoded.Append((char)octet);
            else
                encoded.Append('%').Append(octet.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }

        return encoded.ToString();
    }

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
