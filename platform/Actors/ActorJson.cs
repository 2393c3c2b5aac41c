using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace NexusCart.Platform.Actors;

/// <summary>
/// How actor calls and actor state are written: weakly typed JSON by source-generated metadata. Read against the
/// alternatives it is the cheapest the SDK offers: remoting wraps DataContract XML (or JSON in an envelope) around
/// every body, and byte[] state travels as base64.
/// </summary>
public static class ActorJson
{
    /// <summary>
    /// Adds <paramref name="contexts"/> to <paramref name="options"/>. There is no reflection fallback: a type that no
    /// context knows fails at its first use instead of running slowly.
    /// </summary>
    public static void Configure(JsonSerializerOptions options, params ReadOnlySpan<IJsonTypeInfoResolver> contexts)
    {
        ArgumentNullException.ThrowIfNull(options);
        // Internal traffic, never HTML: relaxed escaping keeps names in every script short.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        // A store that keeps JSON as such gives members back in an order of its own, and the discriminator with them.
        options.AllowOutOfOrderMetadataProperties = true;
        options.TypeInfoResolverChain.Add(PlatformActorJson.Default);
        foreach (var context in contexts)
            options.TypeInfoResolverChain.Add(context);
    }
}

/// <summary>The platform's own types in actor calls and state.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ShardPageRequest))]
[JsonSerializable(typeof(ShardGroupRequest))]
[JsonSerializable(typeof(ChunkedIndexHead))]
[JsonSerializable(typeof(List<string>))]
[JsonSerializable(typeof(List<PendingEvent>))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(string))]
internal sealed partial class PlatformActorJson : JsonSerializerContext;
