using CsCheck;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Flows;
using NexusCart.Payments.Providers;

namespace NexusCart.Tests.Unit.Payments;

/// <summary>
/// Whatever callers ask, in whatever order, interrupted by each other, with lost and repeated answers and webhooks: money is
/// never taken beyond what was authorised, and in the end the books and the provider agree.
/// </summary>
public sealed class PaymentPropertyTests
{
    private const string Id = "order-1";
    private const long Amount = 1_000;

    /// <summary>One thing that happens.</summary>
    public enum Act
    {
        Authorize,
        Capture,
        Void,
        RefundSome,
        RefundAll,
        PassChallenge,
        FailChallenge,
        TryOtherCard,
        DeliverWebhook,
        RepeatWebhook,
        Refresh,
        Dispute,
        DisputeEnds,
    }

    private static readonly Gen<(Act Act, Mishap Mishap, Act? Interrupt, bool After, int Pick)> Step =
        Gen.Select(
            Gen.Enum<Act>(),
            Gen.Frequency((5, Gen.Const(() => Mishap.None)), (3, Gen.Enum<Mishap>())),
            Gen.Frequency((3, Gen.Const(() => (Act?)null)), (1, Gen.Enum<Act>().Select(act => (Act?)act))),
            Gen.Bool,
            Gen.Int[0, 1_000]);

    [Fact]
    public Task Books_and_provider_agree_in_the_end() =>
        Gen.Select(Gen.Int[0, 3].Select(card => new[] { "ok", "declined", "challenge", "approval" }[card]), Step.List[1, 16], Gen.Bool, Gen.Int[0, int.MaxValue])
            .SampleAsync(RunAsync, iter: 5_000, print: static story => $"{story.Item1}, webhooks {(story.Item3 ? "lost" : "late")}: {string.Join(" | ", story.Item2)}");

    private static async Task RunAsync(string card, List<(Act Act, Mishap Mishap, Act? Interrupt, bool After, int Pick)> steps, bool webhooksLost, int seed)
    {
        var time = new FakeTimeProvider();
        var book = new MemoryBook(time);
        var provider = new SimulatedProvider { Card = card };
        var world = new World(book, provider, new PaymentFlows(book, new PaymentProviders([provider]), time));
        foreach (var step in steps)
        {
            provider.Mishaps.Clear();
            provider.Mishaps.Enqueue(step.Mishap);
            if (step.Interrupt is not null)
                provider.Mishaps.Enqueue((Mishap)(step.Pick % 5));
            provider.Interruption = step.Interrupt is { } interrupt ? (step.After, () => world.DoAsync(interrupt, step.Pick)) : null;
            await world.DoAsync(step.Act, step.Pick);
            CheckAlways(book, provider);
        }

        provider.Mishaps.Clear();
        provider.Interruption = null;
        if (webhooksLost)
            provider.Webhooks.Clear();
        await SettleAsync(world, seed);
        CheckAlways(book, provider);
        CheckEnd(book, provider);
    }

    /// <summary>The network recovers: webhooks arrive in any order, callers repeat what they were not told the end of.</summary>
    private static async Task SettleAsync(World world, int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 4; round++)
        {
            foreach (var webhook in world.Provider.Webhooks.ToArray().OrderBy(_ => random.Next()))
                await world.Book.ExecuteAsync(webhook.PaymentId, webhook.Command, default);
            foreach (var (paymentId, reference) in world.Book.Releases.ToArray())
                await world.Provider.CancelAsync(new(paymentId, reference, $"release/{reference}"), default);
            world.Book.Releases.Clear();
            foreach (var paymentId in world.Book.Finishes.ToArray())
                await world.Flows.FinishAsync(paymentId, default);
            world.Book.Finishes.Clear();
            if (world.Book.Payments.GetValueOrDefault(Id) is { } payment)
            {
                if (payment.Voiding)
                    await world.DoAsync(Act.Void, 0);
                else if (payment.Status == PaymentStatus.Pending)
                    await world.DoAsync(Act.Authorize, 0);
                await world.DoAsync(Act.Refresh, 0);
                foreach (var refund in payment.Refunds.Where(refund => refund.Status == RefundStatus.Requested))
                    await world.Flows.RefundAsync(Id, new(refund.Id, refund.Amount, "EUR", ""), default);
            }
        }
    }

    private static void CheckAlways(MemoryBook book, SimulatedProvider provider)
    {
        Assert.True(provider.Intents.Sum(intent => intent.Captured) <= Amount, "took more than was authorised");
        // A hold that was given up may coexist for a moment with a new one, never two captured or two that count.
        Assert.True(provider.Intents.Count(intent => intent.Status == ProviderStatus.Captured) <= 1, "took twice");
        if (book.Payments.GetValueOrDefault(Id) is { } payment)
        {
            Assert.False(payment is { Voiding: true, Status: PaymentStatus.Authorized } && book.News[^1].News == PaymentNews.Authorized
                && book.News[^1].Payment.Voiding, "told an authorisation that was being given up");
            Assert.InRange(payment.Captured, 0, payment.Amount);
            Assert.InRange(payment.Refunded, 0, payment.Captured);
            Assert.True(payment.Refundable >= 0, "promised more refunds than there is money");
            CheckLedger(payment);
        }

        Assert.Empty(book.Anomalies);
        var versions = book.News.Select(news => news.Payment.Version).ToList();
        Assert.Equal(versions.Distinct().Order(), versions);
        Assert.True(book.News.Count(news => news.News is PaymentNews.Captured or PaymentNews.Voided or PaymentNews.Declined) <= 1, "told two ends");
    }

    private static void CheckLedger(Payment payment)
    {
        Assert.Null(Ledger.Audit(payment));
        Assert.Equal(Enumerable.Range(1, payment.Ledger.Count), payment.Ledger.Select(entry => entry.Number));
        Assert.All(payment.Ledger, entry => Assert.True(entry.Amount > 0));
        // At no point was more taken than held, or more given back than taken.
        for (var length = 1; length <= payment.Ledger.Count; length++)
        {
            var totals = LedgerTotals.Of(payment.Ledger.Take(length));
            Assert.True(totals is { Held: >= 0, Refunded: >= 0 } && totals.Refunded <= totals.Captured, totals.ToString());
        }
    }

    private static void CheckEnd(MemoryBook book, SimulatedProvider provider)
    {
        if (book.Payments.GetValueOrDefault(Id) is not { } payment)
        {
            Assert.Empty(provider.Intents);
            return;
        }

        var held = provider.Intents.Count(intent => intent.Status == ProviderStatus.Authorized);
        var waiting = provider.Intents.Count(intent => intent.Status == ProviderStatus.ActionRequired);
        var taken = provider.Intents.Sum(intent => intent.Captured);
        switch (payment.Status)
        {
            case PaymentStatus.Authorized:
                Assert.Equal((1, 0, 0L), (held, waiting, taken));
                break;
            case PaymentStatus.ActionRequired:
                Assert.Equal((0, 1, 0L), (held, waiting, taken));
                break;
            case PaymentStatus.Voided or PaymentStatus.Declined:
                Assert.Equal((0, 0, 0L), (held, waiting, taken));
                break;
            case PaymentStatus.Captured or PaymentStatus.Refunded:
                Assert.Equal((0, 0, Amount), (held, waiting, taken));
                Assert.Equal(provider.RefundedAt(payment.ProviderReference!), payment.Refunded);
                break;
            default:
                Assert.Fail($"The payment is still {payment.Status}.");
                break;
        }

        Assert.False(payment.Voiding);
        Assert.Equal(1, provider.Intents.Count(intent => intent.Reference == payment.ProviderReference) + (payment.ProviderReference is null ? 1 : 0));
    }

    private sealed record World(MemoryBook Book, SimulatedProvider Provider, PaymentFlows Flows)
    {
        public async Task DoAsync(Act act, int pick)
        {
            try
            {
                switch (act)
                {
                    case Act.Authorize:
                        await Flows.AuthorizeAsync(Id, new(Amount, "EUR", "pm_card", "customer", ""), default);
                        break;
                    case Act.Capture:
                        await Flows.CaptureAsync(Id, new(Amount, "EUR"), default);
                        break;
                    case Act.Dispute or Act.DisputeEnds:
                        await DisputeAsync(act, pick);
                        break;
                    case Act.Void:
                        await Flows.VoidAsync(Id, new("test"), default);
                        break;
                    case Act.RefundSome:
                        await Flows.RefundAsync(Id, new($"r{pick % 3}", 1 + (pick % 3 * 300), "EUR", ""), default);
                        break;
                    case Act.RefundAll:
                        await Flows.RefundAsync(Id, new("all", Amount, "EUR", ""), default);
                        break;
                    case Act.PassChallenge or Act.FailChallenge:
                        Provider.Challenge(act == Act.PassChallenge);
                        break;
                    case Act.TryOtherCard:
                        Provider.TryOtherCard();
                        break;
                    case Act.Refresh:
                        await Flows.GetAsync(Id, refresh: true, default);
                        break;
                    default:
                        await DeliverAsync(act, pick);
                        break;
                }
            }
            catch (Exception unknown) when (unknown is OutcomeUnknownException or KeySpentException)
            {
                // The caller repeats it later, or never.
            }
        }

        // Only of money that was taken: of others the books say that something is wrong, which is checked elsewhere.
        private async Task DisputeAsync(Act act, int pick)
        {
            if (Book.Payments.GetValueOrDefault(Id) is not { Status: PaymentStatus.Captured or PaymentStatus.Refunded })
                return;
            var status = act == Act.Dispute ? DisputeStatus.Open : pick % 2 == 0 ? DisputeStatus.Won : DisputeStatus.Lost;
            await Book.ExecuteAsync(Id, new ObserveDispute(new($"dp_{pick % 2}", 100 + (pick % 2), status, "fraudulent"), $"evt_{act}_{pick}"), default);
        }

        private async Task DeliverAsync(Act act, int pick)
        {
            if (Provider.Webhooks.Count == 0)
                return;
            var webhook = Provider.Webhooks[pick % Provider.Webhooks.Count];
            if (act == Act.DeliverWebhook)
                Provider.Webhooks.Remove(webhook);
            await Book.ExecuteAsync(webhook.PaymentId, webhook.Command, default);
        }
    }
}
