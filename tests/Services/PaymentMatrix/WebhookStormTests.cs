using System.Globalization;
using System.Text;
using NexusCart.Common.V1;
using NexusCart.Payments.V1;
using NexusCart.Sandbox;
using NexusCart.Sandbox.Webhooks;

namespace NexusCart.Tests.Services.PaymentMatrix;

/// <summary>
/// Money moves at the provider behind the shop's back, and the shop hears of it by webhooks alone: once each and in order for one half
/// of the payments, threefold and shuffled for the other.
/// </summary>
[Collection(Till.Name)]
public sealed class WebhookStormTests(TillFixture till)
{
    private const int Pairs = 480;
    private const int Copies = 3;
    private const int Wanted = 5_000;
    private const int AtOnce = 32;

    private static readonly string[] Types =
        ["payment_intent.amount_capturable_updated", "payment_intent.succeeded", "payment_intent.canceled", "charge.refunded", "refund.created"];

    private static readonly ParallelOptions Parallelism = new() { MaxDegreeOfParallelism = AtOnce };

    private readonly string _run = Guid.CreateVersion7().ToString("N")[..20];

    [Fact]
    public async Task Five_thousand_webhooks_threefold_and_shuffled_end_like_those_in_order()
    {
        var since = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        await using (await till.WithoutStripeWebhooksAsync())
        {
            await Parallel.ForEachAsync(Enumerable.Range(0, Pairs).SelectMany(i => new[] { (Name("orderly", i), i), (Name("stormy", i), i) }), Parallelism,
                async (each, _) => await LiveAsync(each.Item1, each.i));
        }

        var events = await EventsAsync(since);
        var storm = Enumerable.Range(0, Pairs).SelectMany(i => events[Name("stormy", i)]).SelectMany(body => Enumerable.Repeat(body, Copies)).ToArray();
        new Random(20_260_101).Shuffle(storm);
        Assert.True(storm.Length >= Wanted, $"Only {storm.Length} deliveries.");

        await Parallel.ForEachAsync(Enumerable.Range(0, Pairs), Parallelism, async (i, _) =>
        {
            foreach (var body in events[Name("orderly", i)])
                await DeliverAsync(body);
        });
        await Parallel.ForEachAsync(storm, Parallelism, async (body, _) => await DeliverAsync(body));

        await Parallel.ForEachAsync(Enumerable.Range(0, Pairs), Parallelism, async (i, _) =>
        {
            await SettledAsync(Name("orderly", i), i);
            await SettledAsync(Name("stormy", i), i);
        });
        var captured = till.News.Where(told => told.Type == "payment.captured.v1" && told.PaymentId.StartsWith(_run, StringComparison.Ordinal))
            .Select(told => (told.Id, told.PaymentId)).Distinct().ToList();
        Assert.Equal(captured.Count, captured.DistinctBy(told => told.PaymentId).Count());
        TestContext.Current.TestOutputHelper?.WriteLine($"{storm.Length} deliveries of {storm.Length / Copies} events about {Pairs} payments");
    }

    private string Name(string half, int i) => $"{_run}-{half}-{i:D4}";

    private static long Amount(int i) => 2_000 + i;

    /// <summary>What an index ends as: captured, given back in two parts, given up, given back whole.</summary>
    private static (PaymentStatus Status, long Captured, long Refunded) EndOf(int i) => (i % 4) switch
    {
        0 => (PaymentStatus.Captured, Amount(i), 0),
        1 => (PaymentStatus.Refunded, Amount(i), 700),
        2 => (PaymentStatus.Voided, 0, 0),
        _ => (PaymentStatus.Refunded, Amount(i), Amount(i)),
    };

    private async Task LiveAsync(string paymentId, int i)
    {
        var held = await till.Payments().AuthorizeAsync(new AuthorizeRequest
        {
            PaymentId = paymentId,
            Amount = new Money { MinorUnits = Amount(i), Currency = "EUR" },
            PaymentMethod = "pm_card_visa",
            CustomerId = "customer-1",
        });
        Assert.Equal(PaymentStatus.Authorized, held.Status);
        var intent = "/v1/payment_intents/" + held.ProviderReference;
        var (_, captured, refunded) = EndOf(i);
        await till.DashboardAsync(HttpMethod.Post, captured > 0 ? intent + "/capture" : intent + "/cancel");
        foreach (var part in refunded == 700 ? [300L, 400L] : refunded > 0 ? [refunded] : Array.Empty<long>())
        {
            await till.DashboardAsync(HttpMethod.Post, "/v1/refunds",
                ("payment_intent", held.ProviderReference), ("amount", part.ToString(CultureInfo.InvariantCulture)),
                ("metadata[payment_id]", paymentId), ("metadata[refund_id]", $"part-{part}"));
        }
    }

    /// <summary>The events of this run by payment, oldest first, as Stripe's event list has them.</summary>
    private async Task<IReadOnlyDictionary<string, List<string>>> EventsAsync(long since)
    {
        var found = new Dictionary<string, List<string>>();
        var query = $"/v1/events?limit=100&created[gte]={since}" + string.Concat(Types.Select((type, index) => $"&types[{index}]={type}"));
        var after = "";
        while (true)
        {
            var page = await till.DashboardAsync(HttpMethod.Get, query + after);
            foreach (var told in page.GetProperty("data").EnumerateArray())
            {
                after = "&starting_after=" + told.GetProperty("id").GetString();
                var paymentId = told.GetProperty("data").GetProperty("object").GetProperty("metadata").GetProperty("payment_id").GetString()!;
                if (!paymentId.StartsWith(_run, StringComparison.Ordinal))
                    continue;
                if (!found.TryGetValue(paymentId, out var bodies))
                    found[paymentId] = bodies = [];
                bodies.Insert(0, told.GetRawText());
            }

            if (!page.GetProperty("has_more").GetBoolean())
                return found;
        }
    }

    /// <summary>One delivery, again until it is taken.</summary>
    private async Task DeliverAsync(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        await till.EventuallyAsync("the webhook is taken", async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "webhooks/stripe") { Content = new ByteArrayContent(bytes) };
            request.Content.Headers.ContentType = new("application/json");
            request.Headers.Add("Stripe-Signature", WebhookSignature.Header(bytes, [SandboxOptions.DevelopmentWebhookSecret], DateTimeOffset.UtcNow));
            using var answer = await till.Webhooks.SendAsync(request);
            return answer.IsSuccessStatusCode;
        });
    }

    private Task SettledAsync(string paymentId, int i) => till.EventuallyAsync($"{paymentId} is {EndOf(i)}", async () =>
    {
        var payment = await till.Payments().GetPaymentAsync(new GetPaymentRequest { PaymentId = paymentId });
        return (payment.Status, payment.Captured.MinorUnits, payment.Refunded.MinorUnits) == EndOf(i);
    });
}
