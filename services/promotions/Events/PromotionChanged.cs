using System.Text.Json;
using System.Text.Json.Serialization;
using NexusCart.Platform.Actors;
using NexusCart.Promotions.Domain;

namespace NexusCart.Promotions.Events;

/// <summary>
/// <c>promotion.changed.v1</c>: staff made or changed a promotion, a campaign or a batch of codes. Says which; the rest is read from
/// promotions. The one with the higher version is right, in whatever order they arrive.
/// </summary>
/// <param name="Kind">"promotion", "campaign" or "batch".</param>
/// <param name="Id">Its id.</param>
/// <param name="Version">Its version from now on; grows by one with each change.</param>
/// <param name="At">When it changed.</param>
public sealed record PromotionChanged(string Kind, string Id, long Version, DateTimeOffset At)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "promotion.changed.v1";

    /// <summary>Topic of everything that happens to promotions.</summary>
    public const string Topic = "promotions";

    /// <summary>The event of a version, to be published once the version is stored.</summary>
    public static PendingEvent Pending(Definition definition)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return PendingEvent.Create(
            $"{definition.Key}:{definition.Version}", Type, Topic, definition.Key,
            new PromotionChanged(definition.Key[..definition.Key.IndexOf(':')], definition.Id, definition.Version, definition.UpdatedAt),
            PromotionEventsJson.Default.PromotionChanged);
    }
}

/// <summary>How events of promotions are written.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PromotionChanged))]
[JsonSerializable(typeof(OrderRevoked))]
public sealed partial class PromotionEventsJson : JsonSerializerContext;
