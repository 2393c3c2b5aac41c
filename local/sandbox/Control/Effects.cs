using NexusCart.Sandbox.Intents;
using NexusCart.Sandbox.PayPal.Orders;
using NexusCart.Sandbox.PayPal.Storage;
using NexusCart.Sandbox.Storage;

namespace NexusCart.Sandbox.Control;

/// <summary>What really happened at the provider, counted: what a test or an auditor compares the shop's books with.</summary>
/// <param name="Intents">The providers' ids of the payments.</param>
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

    /// <summary>Counts over the PayPal orders whose <c>custom_id</c> or <c>invoice_id</c> is <paramref name="value"/>, or all when <paramref name="key"/> is null.</summary>
    public static Effects Of(PayPalState state, string? key, string? value)
    {
        ArgumentNullException.ThrowIfNull(state);
        var orders = key is null ? [.. state.Orders.Values] : state.OrdersNamed(value ?? "");
        var holds = orders.SelectMany(order => order.Authorizations.Select(held => (order, held))).ToList();
        var captures = orders.SelectMany(order => order.Captures).Where(taken => taken.Status.MovesMoney()).ToList();
        var refunds = orders.SelectMany(order => order.Refunds).Where(given => given.Status.MovesMoney()).ToList();
        return new(
            [.. orders.Select(order => order.Id)],
            holds.Count(hold => hold.held.Renews is null && hold.held.Status != AuthorizationStatus.Denied) + captures.Count(taken => taken.AuthorizationId is null),
            captures.Count,
            holds.Count(hold => hold.held.Renews is null && hold.held.Status == AuthorizationStatus.Voided),
            orders.Count(order => order.DeclinedAttempts > 0 && order.Status != OrderStatus.Completed),
            refunds.Count,
            holds.Where(hold => hold.held.Status.IsOpen() && !hold.order.Authorizations.Any(other => other.Renews == hold.held.Id))
                .Sum(hold => hold.held.Amount.MinorUnits - hold.order.CapturedOf(hold.held.Id)),
            captures.Sum(taken => taken.Amount.MinorUnits),
            refunds.Sum(given => given.Amount.MinorUnits));
    }

    /// <summary>Both counted together.</summary>
    public Effects And(Effects other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new(
            [.. Intents, .. other.Intents],
            Authorizations + other.Authorizations,
            Captures + other.Captures,
            Cancellations + other.Cancellations,
            Declines + other.Declines,
            Refunds + other.Refunds,
            AmountAuthorized + other.AmountAuthorized,
            AmountCaptured + other.AmountCaptured,
            AmountRefunded + other.AmountRefunded);
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
