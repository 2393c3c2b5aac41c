using System.Text.Json;
using System.Text.Json.Serialization;
using NexusCart.Catalog.Domain;
using NexusCart.Platform.Actors;

namespace NexusCart.Catalog.Actors;

/// <summary>How products and entries are written in actor calls and actor state.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Product))]
[JsonSerializable(typeof(ShardPage<Product>))]
[JsonSerializable(typeof(ShardCommand<ProductCommand>[]))]
[JsonSerializable(typeof(ShardReply<ProductAnswer>[]))]
[JsonSerializable(typeof(CatalogEntry))]
[JsonSerializable(typeof(ShardPage<CatalogEntry>))]
[JsonSerializable(typeof(ShardCommand<EntryCommand>[]))]
[JsonSerializable(typeof(ShardReply<EntryAnswer>[]))]
public sealed partial class ProductShardJson : JsonSerializerContext;
