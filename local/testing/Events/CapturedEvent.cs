using System.Text;
using System.Text.Json;

namespace NexusCart.Sidecar.Testing.Events;

/// <summary>One published message as the broker got it.</summary>
/// <param name="Component">The pub/sub component.</param>
/// <param name="Topic">The topic.</param>
/// <param name="Body">The CloudEvents envelope, or the bare bytes of a raw payload.</param>
/// <param name="ContentType">The type of the body.</param>
/// <param name="Metadata">What the publisher asked of the broker.</param>
public sealed record CapturedEvent(
    string Component, string Topic, ReadOnlyMemory<byte> Body, string ContentType, IReadOnlyDictionary<string, string> Metadata)
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    /// <summary>The body as JSON.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public JsonElement Envelope => JsonSerializer.Deserialize<JsonElement>(Body.Span);

    /// <summary>The CloudEvents id; null where there is none.</summary>
    public string? Id => Attribute("id");

    /// <summary>The CloudEvents type; null where there is none.</summary>
    public string? Type => Attribute("type");

    /// <summary>The event's <c>data</c>.</summary>
    /// <exception cref="JsonException">The body has none, or it is of another shape.</exception>
    public T? ReadData<T>() =>
        Envelope.TryGetProperty("data", out var data) ? data.Deserialize<T>(Web) : throw new JsonException($"The event on '{Topic}' has no data.");

    /// <inheritdoc/>
    public override string ToString() => $"{Component}/{Topic}: {Encoding.UTF8.GetString(Body.Span)}";

    private string? Attribute(string name) =>
        Envelope is { ValueKind: JsonValueKind.Object } envelope && envelope.TryGetProperty(name, out var value) ? value.ToString() : null;
}
