using System.Text.Json;
using System.Text.Json.Serialization;
using NexusCart.Orders.Domain;
using NexusCart.Orders.Errands;
using NexusCart.Platform.Actors;

namespace NexusCart.Orders.Actors;

/// <summary>How orders are written in actor calls and actor state.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(ShardPage<Order>))]
[JsonSerializable(typeof(ShardCommand<OrderCommand>[]))]
[JsonSerializable(typeof(ShardReply<OrderAnswer>[]))]
[JsonSerializable(typeof(AuditRecord))]
[JsonSerializable(typeof(List<AuditRecord>))]
[JsonSerializable(typeof(AuditHead))]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(AuditPageRequest))]
[JsonSerializable(typeof(TaskNote))]
[JsonSerializable(typeof(SeriesRequest))]
[JsonSerializable(typeof(SeriesNumber))]
[JsonSerializable(typeof(CustomerRecord))]
public sealed partial class OrderActorJson : JsonSerializerContext;
