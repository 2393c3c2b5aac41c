using System.Collections.Frozen;
using System.Text.Json;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Actors;

/// <summary>The actor types an app hosts and how: its answer to <c>GET /dapr/config</c>.</summary>
/// <param name="Types">The options of each hosted type.</param>
public sealed record ActorAppConfig(FrozenDictionary<string, ActorTypeOptions> Types)
{
    /// <summary>An app without actors.</summary>
    public static ActorAppConfig None { get; } = new(FrozenDictionary<string, ActorTypeOptions>.Empty);

    /// <summary>
    /// Reads the app's answer. A wrong duration of a single entity falls back to the default and is logged; one that holds for all
    /// is an error, as in daprd.
    /// </summary>
    /// <exception cref="FormatException">The answer is not what it should be; the message names the member.</exception>
    public static ActorAppConfig Parse(ReadOnlyMemory<byte> json, ILogger logger)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Read(document.RootElement, logger);
        }
        catch (JsonException e)
        {
            throw new FormatException("the app's answer to /dapr/config is no JSON: " + e.Message, e);
        }
    }

    private static ActorAppConfig Read(JsonElement root, ILogger logger)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new FormatException("the app's answer to /dapr/config is no JSON object");
        var common = new ActorTypeOptions(
            Duration(root, "actorIdleTimeout") ?? ActorTypeOptions.Default.IdleTimeout,
            DrainTimeout(root, Duration(root, "drainOngoingCallTimeout")),
            false,
            ActorTypeOptions.Default.MaxStackDepth);
        common = WithReentrancy(common, root);

        var hosted = Entities(root).ToHashSet(StringComparer.Ordinal);
        var types = hosted.ToDictionary(type => type, _ => common, StringComparer.Ordinal);
        if (Member(root, "entitiesConfig", JsonValueKind.Array) is { } overrides)
        {
            foreach (var entry in overrides.EnumerateArray())
                Override(entry, common, types, logger);
        }

        return new ActorAppConfig(types.ToFrozenDictionary(StringComparer.Ordinal));
    }

    private static void Override(JsonElement entry, ActorTypeOptions common, Dictionary<string, ActorTypeOptions> types, ILogger logger)
    {
        var options = ActorTypeOptions.Default with
        {
            IdleTimeout = DurationOrWarn(entry, "actorIdleTimeout", logger) ?? ActorTypeOptions.Default.IdleTimeout,
            DrainTimeout = DrainTimeout(entry, DurationOrWarn(entry, "drainOngoingCallTimeout", logger) ?? common.DrainTimeout),
        };
        options = WithReentrancy(options, entry);
        foreach (var type in Entities(entry))
        {
            if (types.ContainsKey(type))
                types[type] = options;
            else
                logger.LogWarning("Configuration specified for non-hosted actor type: {ActorType}", type);
        }
    }

    private static ActorTypeOptions WithReentrancy(ActorTypeOptions options, JsonElement parent)
    {
        if (Member(parent, "reentrancy", JsonValueKind.Object) is not { } reentrancy)
            return options;
        var depth = Member(reentrancy, "maxStackDepth", JsonValueKind.Number);
        return options with
        {
            Reentrant = Member(reentrancy, "enabled", JsonValueKind.True) is not null,
            MaxStackDepth = depth is { } number && number.TryGetInt32(out var value) ? value : ActorTypeOptions.Default.MaxStackDepth,
        };
    }

    private static IEnumerable<string> Entities(JsonElement parent) =>
        Member(parent, "entities", JsonValueKind.Array) is { } list
            ? list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)
            : [];

    // "drainRebalancedActors": false cuts calls under way at once.
    private static TimeSpan DrainTimeout(JsonElement parent, TimeSpan? given) =>
        Member(parent, "drainRebalancedActors", JsonValueKind.False) is not null
            ? TimeSpan.Zero
            : given ?? ActorTypeOptions.Default.DrainTimeout;

    private static TimeSpan? Duration(JsonElement parent, string name)
    {
        if (Member(parent, name, JsonValueKind.String)?.GetString() is not { Length: > 0 } text)
            return null;
        return GoDuration.TryParse(text, out var duration)
            ? duration
            : throw new FormatException($"{name} of the app's /dapr/config is no duration: {text}");
    }

    private static TimeSpan? DurationOrWarn(JsonElement parent, string name, ILogger logger)
    {
        try
        {
            return Duration(parent, name);
        }
        catch (FormatException e)
        {
            logger.LogWarning("{Error}; using the default", e.Message);
            return null;
        }
    }

    private static JsonElement? Member(JsonElement parent, string name, JsonValueKind kind) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == kind ? value : null;
}
