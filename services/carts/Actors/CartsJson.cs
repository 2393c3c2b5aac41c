using System.Text.Json;
using System.Text.Json.Serialization;
using NexusCart.Carts.Domain;
using NexusCart.Carts.Events;

namespace NexusCart.Carts.Actors;

/// <summary>Messages, state and events of carts.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(OpenCart))]
[JsonSerializable(typeof(ReadCart))]
[JsonSerializable(typeof(ChangeLine))]
[JsonSerializable(typeof(ChangeCoupon))]
[JsonSerializable(typeof(ChangeCurrency))]
[JsonSerializable(typeof(SettleNotices))]
[JsonSerializable(typeof(JudgeMerge))]
[JsonSerializable(typeof(CartVerdict))]
[JsonSerializable(typeof(TakeIn))]
[JsonSerializable(typeof(GiveAway))]
[JsonSerializable(typeof(GoodsAnswer))]
[JsonSerializable(typeof(TakeOutBought))]
[JsonSerializable(typeof(CartAnswer))]
[JsonSerializable(typeof(MakeCart))]
[JsonSerializable(typeof(CartOfKey))]
[JsonSerializable(typeof(Cart))]
[JsonSerializable(typeof(CartLedger))]
[JsonSerializable(typeof(OrderPaid))]
[JsonSerializable(typeof(UserErased))]
[JsonSerializable(typeof(CartExpired))]
[JsonSerializable(typeof(CartAbandoned))]
[JsonSerializable(typeof(List<string>))]
[JsonSerializable(typeof(bool))]
public sealed partial class CartsJson : JsonSerializerContext;
