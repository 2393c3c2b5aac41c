using System.Text;
using System.Text.RegularExpressions;
using Grpc.Core;
using NexusCart.Payments.V1;

namespace NexusCart.Tests.Services.Payments;

/// <summary>What payments writes down of a bad day: logs, events and traces, without anything that is nobody's business.</summary>
public sealed partial class SecrecyTests(PaymentsFixture payments) : IClassFixture<PaymentsFixture>
{
    private const string CardNumber = "4242424242424242";

    private static readonly string[] Secrets =
    [
        "sk_test_", "whsec_", "paypal-secret", "paypal-client_development-only", "service-token-key", "A21AA", "Bearer ", "Basic ", "_secret_",
    ];

    [Fact]
    public async Task No_secret_and_no_card_number_is_in_logs_events_or_traces()
    {
        await BadDayAsync();
        await payments.EventuallyAsync("traces and logs arrived", () => Task.FromResult(
            payments.Traces.Contains("payment_intents", StringComparison.Ordinal) && payments.Output.Contains("is unknown", StringComparison.Ordinal)));

        var told = string.Join('\n', payments.Events.Select(e => e.Data.GetRawText()));
        Assert.Contains("card_declined/insufficient_funds", told, StringComparison.Ordinal);
        foreach (var (what, text) in new[] { ("logs", payments.Output), ("events", told), ("traces", payments.Traces) })
        {
            foreach (var secret in Secrets)
                Assert.False(text.Contains(secret, StringComparison.OrdinalIgnoreCase), $"{secret} is in the {what}: {Around(text, secret)}");
            Assert.DoesNotContain(CardNumber, text, StringComparison.Ordinal);
            Assert.DoesNotContain(CardNumbers().Matches(text), match => IsCardNumber(match.Value));
        }
    }

    /// <summary>Declines, challenges, approvals, lost answers, failures, refused webhooks, and somebody who sends a card number.</summary>
    private async Task BadDayAsync()
    {
        foreach (var card in new[] { "pm_card_visa", "pm_card_visa_chargeDeclinedInsufficientFunds", "pm_card_chargeDeclinedExpiredCard", "pm_card_threeDSecure2Required", "paypal" })
        {
            var id = Guid.CreateVersion7().ToString("N");
            await payments.FaultAsync(id, card == "paypal" ? "orders.create" : "payment_intents.create", "drop_after");
            var payment = await payments.AuthorizeAsync(id, card);
            if (payment.Provider == "paypal")
                await payments.ApproveAsync(payment.ProviderReference, "declined");
            if (payment.Status != PaymentStatus.Authorized)
                continue;
            await payments.FaultAsync(id, "payment_intents.capture", "fail_after_effect");
            await payments.CaptureAsync(id);
            await payments.FaultAsync(id, "refunds.create", "fail");
            await payments.RefundAsync(id, "r1", 100);
        }

        var lost = Guid.CreateVersion7().ToString("N");
        await payments.FaultAsync(lost, "payment_intents.create", "fail");
        await payments.FaultAsync(lost, "payment_intents.create", "drop_before", times: 20);
        Assert.True((await payments.AuthorizeAsync(lost)).ProviderUnavailable);
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await payments.AuthorizeAsync(Guid.CreateVersion7().ToString("N"), CardNumber));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.DoesNotContain(CardNumber, refused.Status.Detail, StringComparison.Ordinal);
        await payments.PostWebhookAsync("stripe", $$"""{"card":"{{CardNumber}}"}""", ("Stripe-Signature", "t=1,v1=00"));
        await payments.PostWebhookAsync("paypal", $$"""{"card":"{{CardNumber}}"}""", ("PAYPAL-TRANSMISSION-ID", "x"));
    }

    private static string Around(string text, string found)
    {
        var at = text.IndexOf(found, StringComparison.OrdinalIgnoreCase);
        return text[Math.Max(0, at - 80)..Math.Min(text.Length, at + 80)];
    }

    private static bool IsCardNumber(string digits)
    {
        var sum = digits.Reverse().Select((digit, place) => (digit - '0') * (1 + (place % 2))).Sum(value => value > 9 ? value - 9 : value);
        return sum % 10 == 0 && digits[0] is '3' or '4' or '5' or '6';
    }

    // Alone, not as a part of an id: those of traces and payments are hexadecimal.
    [GeneratedRegex(@"(?<![A-Za-z0-9_.:-])[0-9]{15,16}(?![A-Za-z0-9_.:-])")]
    private static partial Regex CardNumbers();
}
