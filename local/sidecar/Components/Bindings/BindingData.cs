using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using NexusCart.Sidecar.Json;

namespace NexusCart.Sidecar.Components.Bindings;

/// <summary>The data of a request to a binding, which over HTTP is the text of a JSON value.</summary>
internal static class BindingData
{
    /// <summary>Of a JSON string its text, without quotes; anything else as it is.</summary>
    public static ReadOnlyMemory<byte> Unquote(ReadOnlyMemory<byte> data) =>
        data.Span is [(byte)'"', .., (byte)'"']
            && GoJson.TryParseWhole(data, out var value)
            && value.ValueKind == JsonValueKind.String
            ? Encoding.UTF8.GetBytes(value.GetString()!)
            : data;

    /// <summary>As <see cref="Unquote"/>, and of what reads as base 64 the bytes: how binary data comes over HTTP.</summary>
    public static ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> data)
    {
        var text = Unquote(data);
        if (text.IsEmpty || !Base64.IsValid(text.Span) || text.Span.ContainsAny(" \t"u8))
            return text;
        return Convert.FromBase64String(Encoding.ASCII.GetString(text.Span));
    }
}
