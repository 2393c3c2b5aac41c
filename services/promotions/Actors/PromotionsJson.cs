using System.Text.Json;
using System.Text.Json.Serialization;
using NexusCart.Platform.Actors;
using NexusCart.Promotions.Domain;
using NexusCart.Promotions.Domain.Redemptions;

namespace NexusCart.Promotions.Actors;

/// <summary>How promotions are written in actor calls and actor state.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Definition))]
[JsonSerializable(typeof(ShardPage<Definition>))]
[JsonSerializable(typeof(ShardCommand<DefinitionCommand>[]))]
[JsonSerializable(typeof(ShardReply<DefinitionAnswer>[]))]
[JsonSerializable(typeof(LedgerCommand[]))]
[JsonSerializable(typeof(LedgerReply[]))]
[JsonSerializable(typeof(LedgerPageRequest))]
[JsonSerializable(typeof(LedgerPage))]
[JsonSerializable(typeof(Tally))]
[JsonSerializable(typeof(OrderRedemption))]
[JsonSerializable(typeof(List<string>))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(string))]
public sealed partial class PromotionsJson : JsonSerializerContext;
