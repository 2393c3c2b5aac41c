using System.Text.Json;
using System.Text.Json.Serialization;
using NexusCart.Catalog.Domain;
using NexusCart.Platform.Actors;

namespace NexusCart.Catalog.Actors;

/// <summary>How products are written in actor calls, actor state and events.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Product))]
[JsonSerializable(typeof(ShardPage<Product>))]
[JsonSerializable(typeof(ShardCommand<ProductCommand>[]))]
[JsonSerializable(typeof(ShardReply<ProductAnswer>[]))]
public sealed partial class ProductShardJson : JsonSerializerContext;
