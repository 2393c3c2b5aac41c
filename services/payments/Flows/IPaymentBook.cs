using NexusCart.Payments.Actors;
using NexusCart.Payments.Domain;
using NexusCart.Platform.Actors;

namespace NexusCart.Payments.Flows;

/// <summary>Where payments are recorded: one durable turn per command.</summary>
public interface IPaymentBook
{
    /// <summary>Executes a command on one payment.</summary>
    Task<PaymentAnswer> ExecuteAsync(string paymentId, PaymentCommand command, CancellationToken cancellationToken);
}

/// <summary>The payments in the shard actors.</summary>
public sealed class ShardPaymentBook(ShardClient<Payment, PaymentCommand, PaymentAnswer> shards) : IPaymentBook
{
    /// <inheritdoc/>
    public Task<PaymentAnswer> ExecuteAsync(string paymentId, PaymentCommand command, CancellationToken cancellationToken) =>
        shards.ExecuteAsync(paymentId, command, cancellationToken);
}
