using System.Text.Json;
using System.Text.Json.Serialization;
using NexusCart.Promotions.Domain.FlashSales;
using NexusCart.Promotions.Events;

namespace NexusCart.Promotions.Actors;

/// <summary>How flash sales are written in actor calls, actor state and events. Numbers for states: there are many claims.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FlashSaleCommand[]))]
[JsonSerializable(typeof(FlashSaleReply[]))]
[JsonSerializable(typeof(ClaimPageRequest))]
[JsonSerializable(typeof(ClaimPage))]
[JsonSerializable(typeof(ClaimantsRequest))]
[JsonSerializable(typeof(ClaimantsPage))]
[JsonSerializable(typeof(FlashSaleHead))]
[JsonSerializable(typeof(List<Claim>))]
[JsonSerializable(typeof(SaleListRequest))]
[JsonSerializable(typeof(SaleList))]
[JsonSerializable(typeof(FlashSaleChanged))]
[JsonSerializable(typeof(OrderPaid))]
[JsonSerializable(typeof(OrderCancelled))]
public sealed partial class FlashSalesJson : JsonSerializerContext;
