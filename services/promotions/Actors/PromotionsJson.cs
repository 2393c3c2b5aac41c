using System.Text.Json;
using System.Text.Json.Serialization;
using NexusCart.Platform.Actors;
using NexusCart.Promotions.Domain;

namespace NexusCart.Promotions.Actors;

/// <summary>How promotions are written in actor calls and actor state.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Definition))]
[JsonSerializable(typeof(ShardPage<Definition>))]
[JsonSerializable(typeof(ShardCommand<DefinitionCommand>[]))]
[JsonSerializable(typeof(ShardReply<DefinitionAnswer>[]))]
public sealed partial class PromotionsJson : JsonSerializerContext;
