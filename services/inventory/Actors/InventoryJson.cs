using System.Text.Json;
using System.Text.Json.Serialization;
using NexusCart.Inventory.Domain;
using NexusCart.Inventory.Events;

namespace NexusCart.Inventory.Actors;

/// <summary>Messages, state and events of inventory.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PartitionCommand[]))]
[JsonSerializable(typeof(PartitionReply[]))]
[JsonSerializable(typeof(AuditRequest))]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(FiguresPage))]
[JsonSerializable(typeof(MovementsRequest))]
[JsonSerializable(typeof(MovementsPage))]
[JsonSerializable(typeof(StockLevel))]
[JsonSerializable(typeof(Reservation))]
[JsonSerializable(typeof(OpenHead))]
[JsonSerializable(typeof(List<Reservation>))]
[JsonSerializable(typeof(ClosedHead))]
[JsonSerializable(typeof(ClosedChunk))]
[JsonSerializable(typeof(LedgerChunk))]
[JsonSerializable(typeof(List<Backorder>))]
[JsonSerializable(typeof(StaffDocument))]
[JsonSerializable(typeof(List<string>))]
[JsonSerializable(typeof(StockChanged))]
[JsonSerializable(typeof(StockLow))]
[JsonSerializable(typeof(BackorderFilled))]
public sealed partial class InventoryJson : JsonSerializerContext;
