using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace NexusCart.Sidecar.Json;

/// <summary>
/// JSON as Go's encoder writes it: daprd parses JSON values and writes them again, and stored values and envelopes must have the
/// same bytes here. Members are sorted by name (of repeated ones the last wins), numbers pass through double, and
/// <c>&lt; &gt; &amp;</c> and the two Unicode line separators are escaped.
/// </summary>
internal static class GoJson
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 512 };

    // Go's decoder stops after the first value; the sidecar's bodies are read the same way.
    private static readonly JsonReaderOptions FirstValueOnly = new() { MaxDepth = 512, AllowMultipleValues = true };

    /// <summary>Parses the first JSON value of a body; what follows it is ignored, as daprd does.</summary>
    /// <exception cref="JsonException">The body holds no JSON value.</exception>
    public static JsonElement Parse(ReadOnlySpan<byte> body)
    {
        if (body.StartsWith("\uFEFF"u8))
            throw new JsonException("invalid character 'ï' looking for beginning of value");
        var reader = new Utf8JsonReader(body, FirstValueOnly);
        try
        {
            return JsonElement.ParseValue(ref reader);
        }
        catch (JsonException e) when (body.TrimStart(" \t\r\n"u8).IsEmpty)
        {
            throw new JsonException("EOF", e);
        }
        catch (JsonException e) when (IsCut(body))
        {
            throw new JsonException("unexpected EOF", e);
        }
    }

    private static bool IsCut(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, isFinalBlock: false, new JsonReaderState(FirstValueOnly));
        try
        {
            return !JsonElement.TryParseValue(ref reader, out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Parses text that must be one JSON value and nothing else.</summary>
    /// <exception cref="JsonException">It is not.</exception>
    public static JsonElement ParseWhole(ReadOnlyMemory<byte> text)
    {
        using var document = JsonDocument.Parse(text, Strict);
        return document.RootElement.Clone();
    }

    /// <summary>Parses text that must be one JSON value and nothing else; false when it is not.</summary>
    public static bool TryParseWhole(ReadOnlyMemory<byte> text, out JsonElement value)
    {
        try
        {
            value = ParseWhole(text);
            return true;
        }
        catch (JsonException)
        {
            value = default;
            return false;
        }
    }

    /// <summary>Writes a value the way Go does.</summary>
    public static byte[] Write(JsonElement value)
    {
        var output = new ArrayBufferWriter<byte>(256);
        Write(output, value);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Writes a value the way Go does.</summary>
    public static void Write(IBufferWriter<byte> output, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(output, value);
                break;
            case JsonValueKind.Array:
                WriteArray(output, value);
                break;
            case JsonValueKind.String:
                WriteString(output, value.GetString());
                break;
            case JsonValueKind.Number:
                WriteNumber(output, value);
                break;
            default:
                output.Write(value.ValueKind switch
                {
                    JsonValueKind.True => "true"u8,
                    JsonValueKind.False => "false"u8,
                    _ => "null"u8,
                });
                break;
        }
    }

    /// <summary>Writes a string with its quotes.</summary>
    public static void WriteString(IBufferWriter<byte> output, ReadOnlySpan<char> text)
    {
        output.Write("\""u8);
        while (!text.IsEmpty)
        {
            var plain = text.IndexOfAny(NeedEscape);
            if (plain != 0)
            {
                // An unpaired surrogate becomes U+FFFD.
                Encoding.UTF8.GetBytes(plain < 0 ? text : text[..plain], output);
                if (plain < 0)
                    break;
            }

            WriteEscaped(output, text[plain]);
            text = text[(plain + 1)..];
        }

        output.Write("\""u8);
    }

    private static readonly SearchValues<char> NeedEscape = SearchValues.Create(
        "\"\\<>&\u2028\u2029\0\u0001\u0002\u0003\u0004\u0005\u0006\a\b\t\n\v\f\r\u000e\u000f"
        + "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f");

    private static void WriteEscaped(IBufferWriter<byte> output, char character)
    {
        switch (character)
        {
            case '"':
                output.Write("\\\""u8);
                break;
            case '\\':
                output.Write("\\\\"u8);
                break;
            case '\b':
                output.Write("\\b"u8);
                break;
            case '\f':
                output.Write("\\f"u8);
                break;
            case '\n':
                output.Write("\\n"u8);
                break;
            case '\r':
                output.Write("\\r"u8);
                break;
            case '\t':
                output.Write("\\t"u8);
                break;
            default:
                Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"), output);
                break;
        }
    }

    private static void WriteObject(IBufferWriter<byte> output, JsonElement value)
    {
        var members = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject())
            members[member.Name] = member.Value;
        var first = true;
        output.Write("{"u8);
        foreach (var (name, member) in members)
        {
            if (!first)
                output.Write(","u8);
            first = false;
            WriteString(output, name);
            output.Write(":"u8);
            Write(output, member);
        }

        output.Write("}"u8);
    }

    private static void WriteArray(IBufferWriter<byte> output, JsonElement value)
    {
        var first = true;
        output.Write("["u8);
        foreach (var item in value.EnumerateArray())
        {
            if (!first)
                output.Write(","u8);
            first = false;
            Write(output, item);
        }

        output.Write("]"u8);
    }

    private static void WriteNumber(IBufferWriter<byte> output, JsonElement value)
    {
        var number = value.GetDouble();
        if (!double.IsFinite(number))
            throw new JsonException($"json: cannot unmarshal number {value.GetRawText()} into Go value of type float64");
        Encoding.ASCII.GetBytes(Format(number), output);
    }

    /// <summary>Shortest digits; exponents only below 1e-6 and from 1e21 on.</summary>
    internal static string Format(double number)
    {
        if (number == 0)
            return double.IsNegative(number) ? "-0" : "0";
        var (digits, exponent) = Split(Math.Abs(number).ToString("R", CultureInfo.InvariantCulture));
        var sign = number < 0 ? "-" : "";
        if (exponent is < -6 or >= 21)
        {
            var mantissa = digits.Length == 1 ? digits : digits[..1] + "." + digits[1..];
            return string.Create(CultureInfo.InvariantCulture, $"{sign}{mantissa}e{(exponent < 0 ? "-" : "+")}{Math.Abs(exponent)}");
        }

        if (exponent < 0)
            return sign + "0." + new string('0', -exponent - 1) + digits;
        if (digits.Length <= exponent + 1)
            return sign + digits + new string('0', exponent + 1 - digits.Length);
        return sign + digits[..(exponent + 1)] + "." + digits[(exponent + 1)..];
    }

    /// <summary>The significant digits of a positive number and the power of ten of the first one.</summary>
    private static (string Digits, int Exponent) Split(string shortest)
    {
        var parts = shortest.Split('E', 2);
        var point = parts[0].IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? parts[0].Length : point;
        var digits = parts[0].Replace(".", "", StringComparison.Ordinal);
        var leadingZeros = digits.Length - digits.TrimStart('0').Length;
        var power = parts.Length == 2 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0;
        return (digits.Trim('0'), power + whole - 1 - leadingZeros);
    }
}
