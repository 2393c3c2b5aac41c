using Dapr.Actors;
using Dapr.Actors.Runtime;
using NexusCart.Catalog.Domain;
using NexusCart.Catalog.Events;
using NexusCart.Platform.Actors;

namespace NexusCart.Catalog.Actors;

/// <summary>Put a product into the catalogue, or read it.</summary>
/// <param name="Edit">What to put; null to read what is there.</param>
public sealed record ProductCommand(ProductEdit? Edit)
{
    /// <summary>Reads.</summary>
    public static ProductCommand Read { get; } = new(Edit: null);
}

/// <summary>What came of it.</summary>
/// <param name="Outcome">What happened; a read changes nothing.</param>
/// <param name="Product">The product as it is now; null when a read found none.</param>
/// <param name="Fault">Why it was refused.</param>
public sealed record ProductAnswer(RevisionOutcome Outcome, Product? Product, ProductFault? Fault = null);

/// <summary>The calls a product shard takes.</summary>
public interface IProductShardActor : IActor
{
    /// <inheritdoc cref="AggregateShard{TEntity,TCommand,TAnswer}.ExecuteAsync"/>
    Task<ShardReply<ProductAnswer>[]> ExecuteAsync(ShardCommand<ProductCommand>[] batch);

    /// <inheritdoc cref="AggregateShard{TEntity,TCommand,TAnswer}.ReadPageAsync"/>
    Task<ShardPage<Product>> ReadPageAsync(ShardPageRequest request);
}

/// <summary>One shard of the products. The only writer of its products and of their events.</summary>
public sealed class ProductShardActor(ActorHost host, AggregateShardServices services)
    : AggregateShard<Product, ProductCommand, ProductAnswer>(host, services), IProductShardActor
{
    /// <inheritdoc/>
    protected override ShardDecision<Product, ProductAnswer> Decide(
        string entityId, Product? entity, ProductCommand command, DateTimeOffset now)
    {
        if (command.Edit is null)
            return ShardDecision.Unchanged<Product, ProductAnswer>(new ProductAnswer(RevisionOutcome.Unchanged, entity));

        var (outcome, product, fault) = ProductRevision.Apply(entity, command.Edit, now);
        var answer = new ProductAnswer(outcome, product, fault);
        if (outcome is not (RevisionOutcome.Created or RevisionOutcome.Updated))
            return ShardDecision.Unchanged<Product, ProductAnswer>(answer);
        return product!.VariantOf is null
            ? ShardDecision.Changed(product, answer, ProductChanged.Pending(product, entity))
            : ShardDecision.Changed(product, answer); // A note that a SKU is taken is nobody's news.
    }
}
