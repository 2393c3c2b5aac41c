using NexusCart.Payments.Actors;
using NexusCart.Payments.Domain;
using NexusCart.Platform.Actors;

namespace NexusCart.Payments.Flows;

/// <summary>Where payments are recorded: one durable turn per command.</summary>
public interface IPaymentBook
{
    /// <summary>Executes a command on one payment.</summary>
    Task<PaymentAnswer> ExecuteAsync(string paymentId, PaymentCommand command, CancellationToken cancellationToken);

    /// <summary>Number of shards.</summary>
    int ShardCount { get; }

    /// <summary>A page of a shard's payments that were begun on a day (UTC), newest first.</summary>
    /// <exception cref="Grpc.Core.RpcException">UNAVAILABLE: the shard did not answer.</exception>
    Task<ShardPage<Payment>> ReadDayAsync(int shard, DateTimeOffset day, string token, int limit, CancellationToken cancellationToken);
}

/// <summary>The payments in the shard actors.</summary>
public sealed class ShardPaymentBook(ShardClient<Payment, PaymentCommand, PaymentAnswer> shards) : IPaymentBook
{
    /// <inheritdoc/>
    public Task<PaymentAnswer> ExecuteAsync(string paymentId, PaymentCommand command, CancellationToken cancellationToken) =>
        shards.ExecuteAsync(paymentId, command, cancellationToken);

    /// <inheritdoc/>
    public int ShardCount => shards.ShardCount;

    /// <inheritdoc/>
    public Task<ShardPage<Payment>> ReadDayAsync(int shard, DateTimeOffset day, string token, int limit, CancellationToken cancellationToken) =>
        shards.ReadGroupAsync(shard, PaymentShardActor.DayOf(day), token, limit, cancellationToken);
}
