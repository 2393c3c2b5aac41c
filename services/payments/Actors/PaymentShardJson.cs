using System.Text.Json;
using System.Text.Json.Serialization;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Flows;
using NexusCart.Platform.Actors;

namespace NexusCart.Payments.Actors;

/// <summary>How payments are written in actor calls and actor state.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Payment))]
[JsonSerializable(typeof(ShardPage<Payment>))]
[JsonSerializable(typeof(ShardCommand<PaymentCommand>[]))]
[JsonSerializable(typeof(ShardReply<PaymentAnswer>[]))]
[JsonSerializable(typeof(PaymentTask))]
[JsonSerializable(typeof(List<PaymentTask>))]
[JsonSerializable(typeof(TaskQuery))]
[JsonSerializable(typeof(TaskPage))]
[JsonSerializable(typeof(TaskResolution))]
[JsonSerializable(typeof(ReconciliationReport))]
[JsonSerializable(typeof(List<ReconciliationReport>))]
[JsonSerializable(typeof(Wallet))]
[JsonSerializable(typeof(KeepMethod))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(PaymentEffect))]
[JsonSerializable(typeof(InboxItem))]
[JsonSerializable(typeof(string))]
public sealed partial class PaymentShardJson : JsonSerializerContext;
