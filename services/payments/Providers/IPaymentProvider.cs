using NexusCart.Payments.Domain;

namespace NexusCart.Payments.Providers;

/// <summary>What is to be authorised.</summary>
/// <param name="Payment">The payment as recorded; a repetition must ask for exactly the same.</param>
/// <param name="Key">The provider's idempotency key.</param>
public sealed record AuthorizeCall(Payment Payment, string Key);

/// <summary>What a customer agreed to and is to be held now.</summary>
/// <param name="PaymentId">Ours.</param>
/// <param name="Reference">The provider's id of the payment.</param>
/// <param name="Key">The provider's idempotency key.</param>
public sealed record FinishCall(string PaymentId, string Reference, string Key);

/// <summary>What is to be captured. What is held beyond it is let go.</summary>
/// <param name="PaymentId">Ours.</param>
/// <param name="Reference">The provider's id.</param>
/// <param name="Amount">Minor units of <paramref name="Currency"/>.</param>
/// <param name="Currency">ISO 4217, upper case.</param>
/// <param name="Key">The provider's idempotency key.</param>
public sealed record CaptureCall(string PaymentId, string Reference, long Amount, string Currency, string Key)
{
    /// <summary>The provider's id of the hold, where it is another than the payment's and known.</summary>
    public string? Hold { get; init; }
}

/// <summary>What is to be cancelled.</summary>
/// <param name="PaymentId">Ours.</param>
/// <param name="Reference">The provider's id.</param>
/// <param name="Key">The provider's idempotency key.</param>
public sealed record CancelCall(string PaymentId, string Reference, string Key);

/// <summary>What is to be given back.</summary>
/// <param name="PaymentId">Ours.</param>
/// <param name="Reference">The provider's id of the payment.</param>
/// <param name="RefundId">Our id of the refund.</param>
/// <param name="Amount">Minor units of <paramref name="Currency"/>.</param>
/// <param name="Currency">ISO 4217, upper case.</param>
/// <param name="Key">The provider's idempotency key.</param>
public sealed record RefundCall(string PaymentId, string Reference, string RefundId, long Amount, string Currency, string Key)
{
    /// <summary>The provider's id of what was taken, where it is another than the payment's and known.</summary>
    public string? Capture { get; init; }
}

/// <summary>
/// A payment provider. Every call ends in one of three ways: an answer, which is definite (a decline is one); or
/// <see cref="OutcomeUnknownException"/>, after which the same call with the same key is safe to repeat; or
/// <see cref="KeySpentException"/>, after which it is not and a look-up has to tell what happened. A capture may also end in
/// <see cref="ProviderRefusedException"/>.
/// </summary>
public interface IPaymentProvider
{
    /// <summary>One of <see cref="ProviderNames"/>.</summary>
    string Name { get; }

    /// <summary>False while calls are not even tried, because the last ones failed.</summary>
    bool IsAvailable { get; }

    /// <summary>How long the provider surely remembers the key of an authorisation; after that a look-up comes first.</summary>
    TimeSpan KeyTrust { get; }

    /// <summary>How long a hold lasts, where the provider does not say it of the hold itself.</summary>
    TimeSpan HoldWindow { get; }

    /// <summary>Holds the money, or says that the customer must act, or declines.</summary>
    Task<Observation> AuthorizeAsync(AuthorizeCall call, CancellationToken cancellationToken);

    /// <summary>Holds the money that the customer agreed to; answers with what the provider says of the payment, also when it was too late.</summary>
    Task<Observation> FinishAsync(FinishCall call, CancellationToken cancellationToken);

    /// <summary>Takes held money; answers with what the provider says of the payment, also when it was too late.</summary>
    Task<Observation> CaptureAsync(CaptureCall call, CancellationToken cancellationToken);

    /// <summary>Gives a payment up; answers with what the provider says of it, also when it was too late.</summary>
    Task<Observation> CancelAsync(CancelCall call, CancellationToken cancellationToken);

    /// <summary>Gives money back.</summary>
    Task<RefundObservation> RefundAsync(RefundCall call, CancellationToken cancellationToken);

    /// <summary>What the provider says now.</summary>
    Task<Observation> LookAsync(string reference, CancellationToken cancellationToken);

    /// <summary>Our id of a payment; null when it is none of ours.</summary>
    Task<string?> PaymentIdOfAsync(string reference, CancellationToken cancellationToken);

    /// <summary>Finds a payment by our id among those made since a time; null when there is none. Costly: for spent keys only.</summary>
    Task<Observation?> FindAsync(string paymentId, DateTimeOffset since, CancellationToken cancellationToken);

    /// <summary>All refunds of a payment.</summary>
    Task<IReadOnlyList<RefundObservation>> RefundsAsync(string reference, CancellationToken cancellationToken);

    /// <summary>The payments under ids of ours that were made in a span of time; none where the provider lists none.</summary>
    IAsyncEnumerable<(string PaymentId, Observation Seen)> ListAsync(DateTimeOffset since, DateTimeOffset until, CancellationToken cancellationToken);

    /// <summary>Finds a refund by our id; null when there is none.</summary>
    Task<RefundObservation?> FindRefundAsync(string reference, string refundId, CancellationToken cancellationToken);
}

/// <summary>Nobody knows yet whether the call had its effect.</summary>
public sealed class OutcomeUnknownException : Exception
{
    /// <summary>Makes the exception.</summary>
    public OutcomeUnknownException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }

    /// <summary>True when the same call may go better in a moment.</summary>
    public bool Passing { get; init; } = true;

    /// <summary>True when it speaks of the provider's health; false when only this call was unlucky.</summary>
    public bool BlamesProvider { get; init; } = true;

    /// <summary>True when the call was not tried, because the last ones failed: the provider is out of order.</summary>
    public bool OutOfOrder { get; init; }
}

/// <summary>The provider will not take the held money, though the hold stands.</summary>
public sealed class ProviderRefusedException : Exception
{
    /// <summary>Makes the exception.</summary>
    public ProviderRefusedException(Decline why)
        : base($"{why?.Code}: {why?.Message}")
    {
    }
}

/// <summary>The provider will answer this key with the same useless failure for ever; whether there was an effect, only a look-up tells.</summary>
public sealed class KeySpentException : Exception
{
    /// <summary>Makes the exception.</summary>
    public KeySpentException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
