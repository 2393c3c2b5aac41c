using NexusCart.Sandbox.Intents;
using NexusCart.Sandbox.PayPal.Orders;
using NexusCart.Sandbox.PayPal.Storage;
using NexusCart.Sandbox.Storage;
using NexusCart.Sandbox.Webhooks;

namespace NexusCart.Sandbox.Control;

/// <summary>What the provider does by itself: settles refunds, ends reviews, and releases holds that nobody captured.</summary>
public sealed class Housekeeping(
    Ledger ledger, WebhookEndpoints endpoints, PayPalLedger payPal, PayPalBook payPalBook, TimeProvider time, ILogger<Housekeeping> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>Does what is due now.</summary>
    public void Run()
    {
        var now = time.GetUtcNow();
        var (refunds, intents) = ledger.Read(state => (
            state.Refunds.Values.Where(refund => refund.SettlesAt <= now).Select(refund => refund.Id).ToList(),
            state.Intents.Values.Where(intent => IsOverdue(intent, now)).Select(intent => intent.Id).ToList()));
        var request = new RequestContext(null) { Subscribers = type => endpoints.SubscribersOf(Providers.Stripe, type) };
        foreach (var id in refunds)
            ledger.Execute(transaction => Settle(transaction, id), request);
        foreach (var id in intents)
            ledger.Execute(transaction => Release(transaction, id), request);
        foreach (var id in payPal.Read(state => state.Orders.Values.Where(order => PaymentMachine.IsDue(order, now)).Select(order => order.Id).ToList()))
            payPalBook.Apply((state, when) => PaymentMachine.Settle(state.Orders[id], when));
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                Run();
            }
            catch (IOException failed)
            {
                // The disk may come back; what is due stays due.
                logger.LogError(failed, "Could not write what was due to the journal; trying again");
            }
        }
    }

    private static bool IsOverdue(PaymentIntent intent, DateTimeOffset now) =>
        intent.Status == IntentStatus.RequiresCapture && intent.LatestCharge?.CaptureBefore <= now;

    private static Answer Settle(LedgerTransaction transaction, string id)
    {
        var refund = transaction.FindRefund(id)!;
        var intent = transaction.FindIntent(refund.PaymentIntentId)!;
        if (refund.SettlesAt is null)
            return new Answer(200) { Refund = refund };
        var settled = RefundMachine.Settle(refund, intent);
        transaction.Save(settled.Intent);
        transaction.Save(settled.Refund!);
        transaction.Raise("refund.updated", id);
        if (settled.Refund!.Status == "failed")
            transaction.Raise("refund.failed", id);
        return new Answer(200) { Refund = settled.Refund };
    }

    private static Answer Release(LedgerTransaction transaction, string id)
    {
        var intent = transaction.FindIntent(id)!;
        if (!IsOverdue(intent, transaction.Now))
            return Answer.Of(intent, expandCharge: false);
        var released = IntentMachine.ExpireAuthorization(intent, transaction.Now);
        transaction.Save(released);
        return Answer.Of(released.Intent, expandCharge: false);
    }
}
