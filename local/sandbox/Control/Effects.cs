using NexusCart.Sandbox.Intents;
using NexusCart.Sandbox.Storage;

namespace NexusCart.Sandbox.Control;

/// <summary>What really happened at the provider, counted: what a test or an auditor compares the shop's books with.</summary>
/// <param name="Intents">Ids of the payments.</param>
/// <param name="Authorizations">How many holds were placed.</param>
/// <param name="Captures">How many times money was taken.</param>
/// <param name="Cancellations">How many payments were given up.</param>
/// <param name="Declines">How many payments stand declined.</param>
/// <param name="Refunds">How many refunds stand (failed ones not counted).</param>
/// <param name="AmountAuthorized">Minor units held now.</param>
/// <param name="AmountCaptured">Minor units taken.</param>
/// <param name="AmountRefunded">Minor units given back.</param>
public sealed record Effects(
    IReadOnlyList<string> Intents,
    int Authorizations,
    int Captures,
    int Cancellations,
    int Declines,
    int Refunds,
    long AmountAuthorized,
    long AmountCaptured,
    long AmountRefunded)
{
    /// <summary>Counts over some payments.</summary>
    public static Effects Of(IReadOnlyCollection<PaymentIntent> intents, IEnumerable<Refund> refunds)
    {
        ArgumentNullException.ThrowIfNull(intents);
        return new(
            [.. intents.Select(intent => intent.Id)],
            intents.Count(intent => intent.AuthorizedAt is not null),
            intents.Count(intent => intent.CapturedAt is not null),
            intents.Count(intent => intent.CanceledAt is not null),
            intents.Count(intent => intent.Status == IntentStatus.RequiresPaymentMethod && intent.LastError is not null),
            refunds.Count(refund => refund.Status != "failed"),
            intents.Sum(intent => intent.AmountCapturable),
            intents.Sum(intent => intent.AmountReceived),
            intents.Sum(intent => intent.LatestCharge?.AmountRefunded ?? 0));
    }

    /// <summary>Counts the payments created with a metadata pair, or all when there is none.</summary>
    public static Effects Of(LedgerState state, string? key, string? value)
    {
        ArgumentNullException.ThrowIfNull(state);
        var intents = key is null
            ? [.. state.Intents.Values]
            : state.IntentsWith(key, value ?? "").Select(id => state.Intents[id]).ToList();
        var ids = key is null ? null : intents.Select(intent => intent.Id).ToHashSet();
        return Of(intents, state.Refunds.Values.Where(refund => ids is null || ids.Contains(refund.PaymentIntentId)));
    }
}
