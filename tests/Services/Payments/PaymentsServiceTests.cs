using Grpc.Core;
using NexusCart.Payments.V1;

namespace NexusCart.Tests.Services.Payments;

/// <summary>Payments as the other services meet it: over the sidecar, with events, webhooks, kills and restarts.</summary>
public sealed class PaymentsServiceTests(PaymentsFixture payments) : IClassFixture<PaymentsFixture>
{
    // Milliseconds: long enough to be killed in the middle on a busy machine, and less than an attempt may take.
    private const int HeldBack = 4_000;

    private readonly string _id = Guid.CreateVersion7().ToString("N");

    [Fact]
    public async Task A_payment_is_authorised_captured_and_refunded_and_tells_so()
    {
        var held = await payments.AuthorizeAsync(_id);
        Assert.Equal((PaymentStatus.Authorized, "stripe", 1_999L), (held.Status, held.Provider, held.Amount.MinorUnits));
        Assert.Equal(PaymentStatus.Captured, (await payments.CaptureAsync(_id)).Status);
        var refunded = await payments.RefundAsync(_id, "return-1", 999);
        Assert.Equal((PaymentStatus.Refunded, 999L), (refunded.Status, refunded.Refunded.MinorUnits));
        Assert.Equal((1, 1, 0, 0L), await payments.EffectsAsync(_id));
        await ToldAsync("payment.authorized.v1", "payment.captured.v1", "payment.refunded.v1");
    }

    [Fact]
    public async Task A_decline_is_an_answer()
    {
        var declined = await payments.AuthorizeAsync(_id, "pm_card_visa_chargeDeclinedInsufficientFunds");
        Assert.Equal((PaymentStatus.Declined, "card_declined/insufficient_funds"), (declined.Status, declined.DeclineCode));
        await ToldAsync("payment.declined.v1");
    }

    [Fact]
    public async Task A_challenge_is_finished_by_the_webhook()
    {
        var waiting = await payments.AuthorizeAsync(_id, "pm_card_threeDSecure2Required");
        Assert.Equal(PaymentStatus.ActionRequired, waiting.Status);
        Assert.NotEmpty(waiting.ClientSecret);
        using var done = await payments.Sandbox.PostAsync(waiting.RedirectUrl + "/complete", null);
        await ToldAsync("payment.action_required.v1", "payment.authorized.v1");
        var held = await payments.GetAsync(_id);
        Assert.Equal((PaymentStatus.Authorized, ""), (held.Status, held.ClientSecret));
    }

    [Fact]
    public async Task A_failed_challenge_is_a_decline_and_closes_the_payment()
    {
        var waiting = await payments.AuthorizeAsync(_id, "pm_card_threeDSecure2Required");
        using var done = await payments.Sandbox.PostAsync(waiting.RedirectUrl + "/fail", null);
        await ToldAsync("payment.action_required.v1", "payment.declined.v1");
        await payments.EventuallyAsync("closed at the provider", async () => (await payments.EffectsAsync(_id)).Cancellations == 1);
    }

    [Fact]
    public async Task A_PayPal_payment_is_finished_by_the_webhook_of_its_approval()
    {
        var waiting = await payments.AuthorizeAsync(_id, "paypal");
        Assert.Equal((PaymentStatus.ActionRequired, "paypal", ""), (waiting.Status, waiting.Provider, waiting.ClientSecret));
        Assert.Contains("/checkoutnow", waiting.RedirectUrl, StringComparison.Ordinal);
        await payments.ApproveAsync(waiting.ProviderReference);
        await ToldAsync("payment.action_required.v1", "payment.authorized.v1");
        Assert.Equal(PaymentStatus.Captured, (await payments.CaptureAsync(_id)).Status);
        Assert.Equal(999, (await payments.RefundAsync(_id, "return-1", 999)).Refunded.MinorUnits);
        Assert.Equal((1, 1, 0, 0L), await payments.EffectsAsync(_id));
    }

    [Fact]
    public async Task A_void_before_the_authorisation_is_remembered()
    {
        Assert.Equal(PaymentStatus.Voided, (await payments.VoidAsync(_id)).Status);
        Assert.Equal(StatusCode.FailedPrecondition, await RefusalAsync(payments.AuthorizeAsync(_id)));
        Assert.Equal((0, 0, 0, 0L), await payments.EffectsAsync(_id));
    }

    [Fact]
    public async Task Killed_between_the_call_and_its_record_it_holds_the_money_once()
    {
        await payments.FaultAsync(_id, "payment_intents.create", "none", delayBeforeMs: HeldBack);
        using var cut = payments.AuthorizeAsync(_id);
        await payments.EventuallyAsync("the intent is recorded", IsPendingAsync);
        await payments.KillAsync();
        await Assert.ThrowsAsync<RpcException>(() => cut.ResponseAsync);
        await payments.StartPaymentsAsync();

        await BecomesAsync(PaymentStatus.Authorized, async () => await payments.AuthorizeAsync(_id));
        Assert.Equal((1, 0, 0, 1_999L), await payments.EffectsAsync(_id));
    }

    [Fact]
    public async Task Killed_in_an_authorisation_it_can_still_be_voided()
    {
        await payments.FaultAsync(_id, "payment_intents.create", "none", delayBeforeMs: HeldBack);
        using var cut = payments.AuthorizeAsync(_id);
        await payments.EventuallyAsync("the intent is recorded", IsPendingAsync);
        await payments.KillAsync();
        await payments.StartPaymentsAsync();

        await BecomesAsync(PaymentStatus.Voided, async () => await payments.VoidAsync(_id));
        var (_, _, cancellations, held) = await payments.EffectsAsync(_id);
        Assert.Equal((1, 0L), (cancellations, held));
    }

    [Fact]
    public async Task Everything_survives_a_restart_of_everything()
    {
        await payments.AuthorizeAsync(_id);
        await payments.RestartAllAsync();
        Assert.Equal(PaymentStatus.Authorized, (await payments.GetAsync(_id)).Status);
        Assert.Equal(PaymentStatus.Authorized, (await payments.AuthorizeAsync(_id)).Status);
        Assert.Equal(PaymentStatus.Captured, (await payments.CaptureAsync(_id)).Status);
        Assert.Equal((1, 1, 0, 0L), await payments.EffectsAsync(_id));
    }

    [Fact]
    public async Task Fifty_at_once_are_one()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ => await payments.AuthorizeAsync(_id)));
        Assert.All(answers, answer => Assert.Equal(PaymentStatus.Authorized, answer.Status));
        Assert.Equal((1, 0, 0, 1_999L), await payments.EffectsAsync(_id));
    }

    [Fact]
    public async Task Only_services_move_money_and_only_auditors_read_the_books()
    {
        await payments.AuthorizeAsync(_id);
        var request = new CaptureRequest { PaymentId = _id };
        Assert.Equal(StatusCode.Unauthenticated, await RefusalAsync(payments.Client.CaptureAsync(request, Tokens.User("audit.read"))));
        var shard = new AuditShardRequest();
        Assert.Equal(StatusCode.Unauthenticated, await RefusalAsync(payments.Client.AuditShardAsync(shard, Tokens.Service())));
        Assert.Equal(StatusCode.PermissionDenied, await RefusalAsync(payments.Client.AuditShardAsync(shard, Tokens.User("guest"))));
    }

    [Fact]
    public async Task The_auditor_finds_every_payment_once()
    {
        await payments.AuthorizeAsync(_id);
        await payments.CaptureAsync(_id);
        var found = new List<Payment>();
        var shards = 1;
        for (var shard = 0; shard < shards; shard++)
        {
            var token = "";
            do
            {
                var page = await payments.Client.AuditShardAsync(new AuditShardRequest { Shard = shard, PageToken = token }, Tokens.User("audit.read"));
                shards = page.ShardCount;
                found.AddRange(page.Payments);
                token = page.NextPageToken;
            }
            while (token.Length > 0);
        }

        Assert.Equal(8, shards);
        var mine = Assert.Single(found, payment => payment.PaymentId == _id);
        Assert.Equal((PaymentStatus.Captured, 1_999L), (mine.Status, mine.Captured.MinorUnits));
        Assert.Equal(found.Count, found.DistinctBy(payment => payment.PaymentId).Count());
    }

    private async Task<bool> IsPendingAsync()
    {
        try
        {
            return (await payments.GetAsync(_id)).Status == PaymentStatus.Pending;
        }
        catch (RpcException missing) when (missing.StatusCode == StatusCode.NotFound)
        {
            return false;
        }
    }

    /// <summary>Asks again while the provider is still at the call that was cut.</summary>
    private Task BecomesAsync(PaymentStatus status, Func<Task<Payment>> ask) => payments.EventuallyAsync($"{status}", async () =>
    {
        try
        {
            return (await ask()).Status == status;
        }
        catch (RpcException busy) when (busy.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
        {
            return false;
        }
    });

    private Task ToldAsync(params string[] types) =>
        payments.EventuallyAsync(string.Join(", ", types), () => Task.FromResult(payments.News(_id).SequenceEqual(types)));

    private static async Task<StatusCode> RefusalAsync<T>(AsyncUnaryCall<T> call) =>
        (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync)).StatusCode;
}
