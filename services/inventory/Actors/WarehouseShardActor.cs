using System.Text.Json.Serialization;
using Dapr.Actors;
using Dapr.Actors.Runtime;
using NexusCart.Inventory.Domain;
using NexusCart.Inventory.Events;
using NexusCart.Platform.Actors;

namespace NexusCart.Inventory.Actors;

/// <summary>Describes a warehouse, or reads it.</summary>
/// <param name="Draft">The warehouse, whose version is ignored; null to read what is there.</param>
public sealed record WarehouseCommand(Warehouse? Draft);

/// <summary>What came of it.</summary>
/// <param name="Warehouse">The warehouse as it is now; null when a read found none.</param>
public sealed record WarehouseAnswer(Warehouse? Warehouse);

/// <summary>The calls that the warehouses' shard takes.</summary>
public interface IWarehouseShardActor : IActor
{
    /// <inheritdoc cref="AggregateShard{TEntity,TCommand,TAnswer}.ExecuteAsync"/>
    Task<ShardReply<WarehouseAnswer>[]> ExecuteAsync(ShardCommand<WarehouseCommand>[] batch);

    /// <inheritdoc cref="AggregateShard{TEntity,TCommand,TAnswer}.ReadPageAsync"/>
    Task<ShardPage<Warehouse>> ReadPageAsync(ShardPageRequest request);
}

/// <summary>All warehouses; there are few.</summary>
public sealed class WarehouseShardActor(ActorHost host, AggregateShardServices services)
    : AggregateShard<Warehouse, WarehouseCommand, WarehouseAnswer>(host, services), IWarehouseShardActor
{
    /// <inheritdoc/>
    protected override ShardDecision<Warehouse, WarehouseAnswer> Decide(
        string entityId, Warehouse? entity, WarehouseCommand command, DateTimeOffset now)
    {
        if (command.Draft is null)
            return ShardDecision.Unchanged<Warehouse, WarehouseAnswer>(new WarehouseAnswer(entity));
        var next = command.Draft with { Version = entity?.Version ?? 0 };
        if (next == entity)
            return ShardDecision.Unchanged<Warehouse, WarehouseAnswer>(new WarehouseAnswer(entity));
        next = next with { Version = next.Version + 1 };
        return ShardDecision.Changed(next, new WarehouseAnswer(next), Announce(next));
    }

    private static PendingEvent Announce(Warehouse warehouse) => PendingEvent.Create(
        string.Create(null, $"warehouse:{warehouse.Id}:{warehouse.Version}"), WarehouseChanged.Type, StockChanged.Topic, warehouse.Id,
        new WarehouseChanged(warehouse.Id, warehouse.Name, warehouse.Country, warehouse.Priority, warehouse.Active, warehouse.Version),
        WarehouseJson.Default.WarehouseChanged);
}

/// <summary>How warehouses are written in actor calls, actor state and events.</summary>
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Warehouse))]
[JsonSerializable(typeof(ShardPage<Warehouse>))]
[JsonSerializable(typeof(ShardCommand<WarehouseCommand>[]))]
[JsonSerializable(typeof(ShardReply<WarehouseAnswer>[]))]
[JsonSerializable(typeof(WarehouseChanged))]
public sealed partial class WarehouseJson : JsonSerializerContext;
