using Dapr.Actors;
using Dapr.Actors.Runtime;
using NexusCart.Catalog.Domain;
using NexusCart.Catalog.Domain.Prices;
using NexusCart.Catalog.Domain.Structure;
using NexusCart.Catalog.Events;
using NexusCart.Platform.Actors;

namespace NexusCart.Catalog.Actors;

/// <summary>The ids of entries in their shards.</summary>
public static class EntryIds
{
    /// <summary>The one tree of categories.</summary>
    public const string Categories = "categories";

    /// <summary>An attribute definition.</summary>
    public static string Attribute(string name) => "attribute/" + name;

    /// <summary>A brand.</summary>
    public static string Brand(string slug) => "brand/" + slug;

    /// <summary>A price list.</summary>
    public static string PriceList(string id) => "list/" + id;

    /// <summary>What a price list says of a SKU.</summary>
    public static string ListPrice(string listId, string sku) => $"price/{listId}/{sku}";

    /// <summary>A slug of a product.</summary>
    public static string Slug(string slug) => "slug/" + slug;

    /// <summary>Where an entry is kept.</summary>
    public static string Of(CatalogEntry entry) => entry switch
    {
        CategoryTree => Categories,
        AttributeDefinition attribute => Attribute(attribute.Name),
        Brand brand => Brand(brand.Slug),
        PriceList list => PriceList(list.Id),
        ListPrice price => ListPrice(price.ListId, price.Sku),
        SlugClaim claim => Slug(claim.Slug),
        _ => throw new ArgumentException($"{entry.GetType().Name} has no place.", nameof(entry)),
    };
}

/// <summary>The calls an entry shard takes.</summary>
public interface IEntryShardActor : IActor
{
    /// <inheritdoc cref="AggregateShard{TEntity,TCommand,TAnswer}.ExecuteAsync"/>
    Task<ShardReply<EntryAnswer>[]> ExecuteAsync(ShardCommand<EntryCommand>[] batch);

    /// <inheritdoc cref="AggregateShard{TEntity,TCommand,TAnswer}.ReadPageAsync"/>
    Task<ShardPage<CatalogEntry>> ReadPageAsync(ShardPageRequest request);
}

/// <summary>One shard of what the catalogue keeps besides products. The only writer of its entries and of their events.</summary>
public sealed class EntryShardActor(ActorHost host, AggregateShardServices services)
    : AggregateShard<CatalogEntry, EntryCommand, EntryAnswer>(host, services), IEntryShardActor
{
    /// <inheritdoc/>
    protected override ShardDecision<CatalogEntry, EntryAnswer> Decide(
        string entityId, CatalogEntry? entity, EntryCommand command, DateTimeOffset now)
    {
        var answer = EntryRevision.Apply(entity, command, now);
        return answer.Outcome is RevisionOutcome.Created or RevisionOutcome.Updated
            ? ShardDecision.Changed(answer.Entry!, answer, EntryEvents.Of(answer.Entry!, entity))
            : ShardDecision.Unchanged<CatalogEntry, EntryAnswer>(answer);
    }
}
