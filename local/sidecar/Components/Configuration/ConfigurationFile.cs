using System.Collections.Immutable;
using System.Text.Json;
using NexusCart.Sidecar.Configuration;

namespace NexusCart.Sidecar.Components.Configuration;

/// <summary>A JSON file of configuration values that is read again when it has changed.</summary>
internal sealed class ConfigurationFile(string path, TimeProvider time)
{
    private const string VersionSeparator = "||";

    // Two writes within one tick of the file system's clock leave the same time behind: a fresh file is read again.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private static readonly JsonDocumentOptions Options = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };
    private static readonly IReadOnlyDictionary<string, string> NoMetadata = new Dictionary<string, string>();

    private (DateTime Written, long Length)? _seen;

    /// <summary>Its path.</summary>
    public string Path => path;

    /// <summary>What is in it; null when it has not changed since it was read last. A file that is not there holds nothing.</summary>
    /// <exception cref="JsonException">It is no JSON object, or a member is neither a value nor an item.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public async ValueTask<ImmutableDictionary<string, ConfigurationItem>?> ReadAsync(CancellationToken cancellation)
    {
        var file = new FileInfo(path);
        var stamp = file.Exists ? (file.LastWriteTimeUtc, file.Length) : (DateTime.MinValue, 0L);
        if (stamp == _seen)
            return null;
        var items = file.Exists ? Parse(await File.ReadAllBytesAsync(path, cancellation)) : ImmutableDictionary<string, ConfigurationItem>.Empty;
        _seen = time.GetUtcNow().UtcDateTime - stamp.Item1 > Fresh ? stamp : null;
        return items;
    }

    /// <summary>Whether two items are the same to a subscriber.</summary>
    public static bool AreEqual(ConfigurationItem? one, ConfigurationItem? other) =>
        one is null || other is null
            ? ReferenceEquals(one, other)
            : one.Value == other.Value
                && one.Version == other.Version
                && one.Metadata.Count == other.Metadata.Count
                && one.Metadata.All(entry => other.Metadata.TryGetValue(entry.Key, out var value) && value == entry.Value);

    private static ImmutableDictionary<string, ConfigurationItem> Parse(ReadOnlyMemory<byte> text)
    {
        using var document = JsonDocument.Parse(text, Options);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            throw new JsonException("a configuration file is a JSON object of keys and values");
        var items = ImmutableDictionary.CreateBuilder<string, ConfigurationItem>(StringComparer.Ordinal);
        foreach (var member in document.RootElement.EnumerateObject())
            items[member.Name] = ItemOf(member.Value);
        return items.ToImmutable();
    }

    private static ConfigurationItem ItemOf(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("value", out var inner))
        {
            var metadata = value.TryGetProperty("metadata", out var given) && given.ValueKind == JsonValueKind.Object
                ? given.EnumerateObject().ToDictionary(entry => entry.Name, entry => TextOf(entry.Value), StringComparer.Ordinal)
                : NoMetadata;
            return new ConfigurationItem(TextOf(inner), value.TryGetProperty("version", out var version) ? TextOf(version) : "", metadata);
        }

        var parts = TextOf(value).Split(VersionSeparator);
        return new ConfigurationItem(parts[0], parts.Length > 1 ? parts[1] : "", NoMetadata);
    }

    private static string TextOf(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}
