using System.Net;
using Stripe;
using static NexusCart.Tests.Unit.Sandbox.Requests;

namespace NexusCart.Tests.Unit.Sandbox;

/// <summary>Challenges: asked for, passed, failed, given up.</summary>
public sealed class ThreeDSecureContractTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    [Theory]
    [InlineData("pm_card_threeDSecure2Required")]
    [InlineData("pm_card_authenticationRequired")]
    public async Task A_challenge_passed_leads_to_the_hold(string card)
    {
        var waiting = await sandbox.Intents.CreateAsync(Authorize(card));
        Assert.Equal("requires_action", waiting.Status);
        Assert.Equal("redirect_to_url", waiting.NextAction.Type);
        Assert.Equal("http://127.0.0.1:8080/checkout/return", waiting.NextAction.RedirectToUrl.ReturnUrl);

        sandbox.RequireSandbox();
        var page = await sandbox.Http.GetStringAsync(waiting.NextAction.RedirectToUrl.Url);
        Assert.Contains($"/sandbox/3ds/{waiting.Id}/complete", page);

        var done = await sandbox.ChallengeAsync(waiting.Id, "complete");
        Assert.Equal("requires_capture", done.GetProperty("status").GetString());
        var held = await sandbox.Intents.GetAsync(waiting.Id);
        Assert.Equal(("requires_capture", (object?)null), (held.Status, held.NextAction));
    }

    [Fact]
    public async Task A_challenge_failed_sends_the_payment_back()
    {
        var waiting = await sandbox.Intents.CreateAsync(Authorize("pm_card_threeDSecure2Required"));
        await sandbox.ChallengeAsync(waiting.Id, "fail");
        var failed = await sandbox.Intents.GetAsync(waiting.Id);
        Assert.Equal("requires_payment_method", failed.Status);
        Assert.Equal("payment_intent_authentication_failure", failed.LastPaymentError.Code);
    }

    [Fact]
    public async Task A_card_may_decline_after_the_challenge()
    {
        var waiting = await sandbox.Intents.CreateAsync(Authorize("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds"));
        var done = await sandbox.ChallengeAsync(waiting.Id, "complete");
        Assert.Equal("requires_payment_method", done.GetProperty("status").GetString());
        Assert.Equal("insufficient_funds", (await sandbox.Intents.GetAsync(waiting.Id)).LastPaymentError.DeclineCode);
    }

    [Fact]
    public async Task A_challenge_is_answered_once()
    {
        var waiting = await sandbox.Intents.CreateAsync(Authorize("pm_card_threeDSecure2Required"));
        await sandbox.ChallengeAsync(waiting.Id, "complete");
        using var again = await sandbox.Http.PostAsync($"/sandbox/3ds/{waiting.Id}/fail", null);
        Assert.Equal(HttpStatusCode.BadRequest, again.StatusCode);
        Assert.Equal("requires_capture", (await sandbox.Intents.GetAsync(waiting.Id)).Status);
    }

    [Fact]
    public async Task A_payment_waiting_for_its_customer_can_be_cancelled()
    {
        var waiting = await sandbox.Intents.CreateAsync(Authorize("pm_card_threeDSecure2Required"));
        Assert.Equal("canceled", (await sandbox.Intents.CancelAsync(waiting.Id)).Status);
        sandbox.RequireSandbox();
        using var late = await sandbox.Http.PostAsync($"/sandbox/3ds/{waiting.Id}/complete", null);
        Assert.Equal(HttpStatusCode.BadRequest, late.StatusCode);
    }

    [Fact]
    public async Task Without_the_customer_a_challenge_is_a_decline()
    {
        var options = Authorize("pm_card_authenticationRequired");
        options.OffSession = true;
        var failure = await Assert.ThrowsAsync<StripeException>(() => sandbox.Intents.CreateAsync(options));
        Assert.Equal((HttpStatusCode.PaymentRequired, "authentication_required"), (failure.HttpStatusCode, failure.StripeError.Code));
    }

    [Fact]
    public async Task A_browser_is_sent_back_to_the_shop()
    {
        sandbox.RequireSandbox();
        var waiting = await sandbox.Intents.CreateAsync(Authorize("pm_card_threeDSecure2Required"));
        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = sandbox.Http.BaseAddress };
        browser.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        using var answer = await browser.PostAsync($"/sandbox/3ds/{waiting.Id}/complete", null);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.StartsWith($"http://127.0.0.1:8080/checkout/return?payment_intent={waiting.Id}&", answer.Headers.Location!.ToString());
    }
}
