using System.Net;
using Stripe;
using static NexusCart.Tests.Unit.Sandbox.Requests;

namespace NexusCart.Tests.Unit.Sandbox;

/// <summary>What an idempotency key promises, and what a broken connection leaves behind.</summary>
public sealed class IdempotencyContractTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    [Fact]
    public async Task The_same_key_and_parameters_replay_the_first_answer()
    {
        var (key, options) = (NewId(), Authorize("pm_card_visa"));
        var first = await sandbox.Intents.CreateAsync(options, Key(key));
        await sandbox.Intents.CaptureAsync(first.Id);
        var again = await sandbox.Intents.CreateAsync(options, Key(key));
        Assert.Equal(first.Id, again.Id);
        // The answer as it was, not the payment as it is.
        Assert.Equal("requires_capture", again.Status);
        Assert.Equal("true", again.StripeResponse.Headers.GetValues("Idempotent-Replayed").Single());
        Assert.Equal(first.StripeResponse.RequestId, again.StripeResponse.Headers.GetValues("Original-Request").Single());
    }

    [Fact]
    public async Task A_decline_is_replayed_too()
    {
        var (key, options) = (NewId(), Authorize("pm_card_visa_chargeDeclined"));
        var first = await Assert.ThrowsAsync<StripeException>(() => sandbox.Intents.CreateAsync(options, Key(key)));
        var again = await Assert.ThrowsAsync<StripeException>(() => sandbox.Intents.CreateAsync(options, Key(key)));
        Assert.Equal(HttpStatusCode.PaymentRequired, again.HttpStatusCode);
        Assert.Equal(first.StripeError.PaymentIntent.Id, again.StripeError.PaymentIntent.Id);
        Assert.Equal(first.StripeError.Charge, again.StripeError.Charge);
    }

    [Fact]
    public async Task Other_parameters_under_the_key_are_refused()
    {
        var (key, payment) = (NewId(), NewId());
        await sandbox.Intents.CreateAsync(Authorize("pm_card_visa", 1_000, payment), Key(key));
        var failure = await Assert.ThrowsAsync<StripeException>(() => sandbox.Intents.CreateAsync(Authorize("pm_card_visa", 1_001, payment), Key(key)));
        Assert.Equal((HttpStatusCode.BadRequest, "idempotency_error"), (failure.HttpStatusCode, failure.StripeError.Type));
        var effects = await sandbox.EffectsAsync(payment);
        Assert.Equal(1, effects.GetProperty("authorizations").GetInt32());
    }

    [Fact]
    public async Task A_request_that_failed_validation_leaves_the_key_free()
    {
        var (key, payment) = (NewId(), NewId());
        await Assert.ThrowsAsync<StripeException>(() => sandbox.Intents.CreateAsync(Authorize("pm_card_nobody_knows", 1_000, payment), Key(key)));
        var held = await sandbox.Intents.CreateAsync(Authorize("pm_card_visa", 1_000, payment), Key(key));
        Assert.Equal("requires_capture", held.Status);
    }

    [Fact]
    public async Task While_a_request_runs_its_key_is_taken()
    {
        var (key, options) = (NewId(), Authorize("pm_card_visa"));
        await sandbox.ControlAsync("faults", new { operation = "payment_intents.create", match = options.Metadata, delay_before_ms = 2_500 });
        var slow = sandbox.Intents.CreateAsync(options, Key(key));
        while ((await sandbox.Http.GetStringAsync("/_control/faults")).Contains(options.Metadata["payment_id"], StringComparison.Ordinal))
            await Task.Delay(5);
        var conflict = await Assert.ThrowsAsync<StripeException>(() => sandbox.Intents.CreateAsync(options, Key(key)));
        Assert.Equal((HttpStatusCode.Conflict, "idempotency_key_in_use"), (conflict.HttpStatusCode, conflict.StripeError.Code));
        var first = await slow;
        var replay = await sandbox.Intents.CreateAsync(options, Key(key));
        Assert.Equal(first.Id, replay.Id);
    }

    [Fact]
    public async Task Fifty_at_once_under_one_key_make_one_hold()
    {
        var (key, payment) = (NewId(), NewId());
        var attempts = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            try
            {
                return (await sandbox.Intents.CreateAsync(Authorize("pm_card_visa", 1_000, payment), Key(key))).Id;
            }
            catch (StripeException busy) when (busy.HttpStatusCode == HttpStatusCode.Conflict)
            {
                return null;
            }
        }));
        Assert.Single(attempts.OfType<string>().Distinct());
        Assert.Equal(1, (await sandbox.EffectsAsync(payment)).GetProperty("authorizations").GetInt32());
    }

    [Fact]
    public async Task An_answer_lost_after_the_effect_is_found_again_under_the_same_key()
    {
        var (key, payment) = (NewId(), NewId());
        var options = Authorize("pm_card_visa", 1_000, payment);
        await sandbox.ControlAsync("faults", new { operation = "payment_intents.create", kind = "drop_after", match = options.Metadata });
        await Assert.ThrowsAsync<HttpRequestException>(() => sandbox.Intents.CreateAsync(options, Key(key)));
        var found = await sandbox.Intents.CreateAsync(options, Key(key));
        Assert.Equal("requires_capture", found.Status);
        var effects = await sandbox.EffectsAsync(payment);
        Assert.Equal(1, effects.GetProperty("authorizations").GetInt32());
        Assert.Equal(found.Id, Assert.Single(effects.GetProperty("intents").EnumerateArray()).GetString());
    }

    [Fact]
    public async Task A_connection_lost_before_the_effect_leaves_nothing()
    {
        var (key, payment) = (NewId(), NewId());
        var options = Authorize("pm_card_visa", 1_000, payment);
        await sandbox.ControlAsync("faults", new { operation = "payment_intents.create", kind = "drop_before", match = options.Metadata });
        await Assert.ThrowsAsync<HttpRequestException>(() => sandbox.Intents.CreateAsync(options, Key(key)));
        Assert.Equal(0, (await sandbox.EffectsAsync(payment)).GetProperty("authorizations").GetInt32());
        Assert.Equal("requires_capture", (await sandbox.Intents.CreateAsync(options, Key(key))).Status);
    }

    [Theory]
    [InlineData("fail", 0)]
    [InlineData("fail_after_effect", 1)]
    public async Task A_500_is_kept_under_the_key_with_or_without_effect(string kind, int authorizations)
    {
        var (key, payment) = (NewId(), NewId());
        var options = Authorize("pm_card_visa", 1_000, payment);
        await sandbox.ControlAsync("faults", new { operation = "payment_intents.create", kind, match = options.Metadata });
        var first = await Assert.ThrowsAsync<StripeException>(() => sandbox.Intents.CreateAsync(options, Key(key)));
        Assert.Equal(HttpStatusCode.InternalServerError, first.HttpStatusCode);
        var again = await Assert.ThrowsAsync<StripeException>(() => sandbox.Intents.CreateAsync(options, Key(key)));
        Assert.Equal("true", again.StripeResponse.Headers.GetValues("Idempotent-Replayed").Single());
        Assert.Equal(authorizations, (await sandbox.EffectsAsync(payment)).GetProperty("authorizations").GetInt32());
    }

    [Fact]
    public async Task A_refusal_at_the_door_is_not_kept()
    {
        var (key, options) = (NewId(), Authorize("pm_card_visa"));
        await sandbox.ControlAsync("faults", new { operation = "payment_intents.create", kind = "refuse", status = 429, code = "lock_timeout", match = options.Metadata });
        var busy = await Assert.ThrowsAsync<StripeException>(() => sandbox.Intents.CreateAsync(options, Key(key)));
        Assert.Equal((HttpStatusCode.TooManyRequests, "lock_timeout"), (busy.HttpStatusCode, busy.StripeError.Code));
        Assert.Equal("requires_capture", (await sandbox.Intents.CreateAsync(options, Key(key))).Status);
    }
}
