using System.Text.Json;
using System.Text.Json.Serialization;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Actors;

namespace NexusCart.Orders.Actors;

/// <summary>How orders are written in actor calls and actor state.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(ShardPage<Order>))]
[JsonSerializable(typeof(ShardCommand<OrderCommand>[]))]
[JsonSerializable(typeof(ShardReply<OrderAnswer>[]))]
public sealed partial class OrderActorJson : JsonSerializerContext;
