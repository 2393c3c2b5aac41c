using System.Net;
using Stripe;
using static NexusCart.Tests.Unit.Sandbox.Requests;

namespace NexusCart.Tests.Unit.Sandbox;

/// <summary>Cards kept for later: attached, listed, charged without the customer, given back.</summary>
public sealed class WalletContractTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    private readonly CustomerService _customers = new(sandbox.Stripe);
    private readonly PaymentMethodService _methods = new(sandbox.Stripe);
    private readonly SetupIntentService _setups = new(sandbox.Stripe);

    [Fact]
    public async Task A_card_is_attached_listed_charged_and_given_back()
    {
        var customer = await _customers.CreateAsync(new() { Email = "jane@example.com", Name = "Jane", Metadata = new() { ["user_id"] = "u-1" } });
        Assert.Equal("u-1", (await _customers.GetAsync(customer.Id)).Metadata["user_id"]);
        var kept = await _methods.AttachAsync("pm_card_visa", new() { Customer = customer.Id });
        Assert.NotEqual("pm_card_visa", kept.Id);
        Assert.Equal(("4242", "visa", customer.Id), (kept.Card.Last4, kept.Card.Brand, kept.CustomerId));
        Assert.Equal(kept.Id, Assert.Single(await _methods.ListAsync(new() { Customer = customer.Id, Type = "card" })).Id);
        Assert.Equal(kept.Id, Assert.Single(await new CustomerPaymentMethodService(sandbox.Stripe).ListAsync(customer.Id)).Id);
        await _customers.UpdateAsync(customer.Id, new() { InvoiceSettings = new() { DefaultPaymentMethod = kept.Id } });

        var held = await sandbox.Intents.CreateAsync(AuthorizeFor(customer, kept.Id));
        Assert.Equal(("requires_capture", customer.Id, kept.Id), (held.Status, held.CustomerId, held.PaymentMethodId));
        var others = await Assert.ThrowsAsync<StripeException>(() => sandbox.Intents.CreateAsync(Authorize(kept.Id)));
        Assert.Equal((HttpStatusCode.BadRequest, "payment_method"), (others.HttpStatusCode, others.StripeError.Param));

        Assert.Null((await _methods.DetachAsync(kept.Id)).CustomerId);
        Assert.Empty(await _methods.ListAsync(new() { Customer = customer.Id }));
        await Assert.ThrowsAsync<StripeException>(() => sandbox.Intents.CreateAsync(AuthorizeFor(customer, kept.Id)));
        Assert.True((await _customers.DeleteAsync(customer.Id)).Deleted);
    }

    [Fact]
    public async Task A_card_that_wants_its_holder_is_charged_without_him_once_it_was_set_up()
    {
        var customer = await _customers.CreateAsync(new() { Email = "jane@example.com" });
        var attached = await _methods.AttachAsync("pm_card_authenticationRequiredOnSetup", new() { Customer = customer.Id });
        var refused = await Assert.ThrowsAsync<StripeException>(() => sandbox.Intents.CreateAsync(OffSession(customer, attached.Id)));
        Assert.Equal((HttpStatusCode.PaymentRequired, "authentication_required"), (refused.HttpStatusCode, refused.StripeError.Code));

        var setup = await _setups.CreateAsync(new() { Customer = customer.Id, PaymentMethod = attached.Id, Confirm = true, ReturnUrl = "http://127.0.0.1:8080/back" });
        Assert.Equal(("requires_action", "redirect_to_url"), (setup.Status, setup.NextAction.Type));
        sandbox.RequireSandbox();
        await sandbox.ChallengeAsync(setup.Id, "complete");
        Assert.Equal(("succeeded", attached.Id), ((await _setups.GetAsync(setup.Id)).Status, (await _setups.GetAsync(setup.Id)).PaymentMethodId));
        Assert.Equal("requires_capture", (await sandbox.Intents.CreateAsync(OffSession(customer, attached.Id))).Status);
    }

    [Fact]
    public async Task A_payment_can_keep_its_card_for_later()
    {
        var customer = await _customers.CreateAsync(new());
        var options = AuthorizeFor(customer, "pm_card_mastercard");
        options.SetupFutureUsage = "off_session";
        var paid = await sandbox.Intents.CreateAsync(options);
        var kept = Assert.Single(await _methods.ListAsync(new() { Customer = customer.Id }));
        Assert.Equal((kept.Id, "4444"), (paid.PaymentMethodId, kept.Card.Last4));
        Assert.Equal("requires_capture", (await sandbox.Intents.CreateAsync(OffSession(customer, kept.Id))).Status);
    }

    [Fact]
    public async Task A_card_that_its_bank_declines_is_not_kept_but_one_that_fails_later_is()
    {
        var customer = await _customers.CreateAsync(new());
        var declined = await Assert.ThrowsAsync<StripeException>(() => _methods.AttachAsync("pm_card_visa_chargeDeclined", new() { Customer = customer.Id }));
        Assert.Equal((HttpStatusCode.PaymentRequired, "card_declined"), (declined.HttpStatusCode, declined.StripeError.Code));
        var setup = await Assert.ThrowsAsync<StripeException>(() => _setups.CreateAsync(new() { Customer = customer.Id, PaymentMethod = "pm_card_visa_chargeDeclined", Confirm = true }));
        Assert.Equal(("card_declined", "requires_payment_method"), (setup.StripeError.Code, setup.StripeError.SetupIntent.Status));

        var kept = await _methods.AttachAsync("pm_card_chargeCustomerFail", new() { Customer = customer.Id });
        var charged = await Assert.ThrowsAsync<StripeException>(() => sandbox.Intents.CreateAsync(OffSession(customer, kept.Id)));
        Assert.Equal("card_declined", charged.StripeError.Code);
    }

    [Fact]
    public async Task Cards_customers_and_setups_survive_a_restart()
    {
        sandbox.RequireSandbox();
        var customer = await _customers.CreateAsync(new() { Email = "jane@example.com" }, Key("customer-of-" + NewId()));
        var setup = await _setups.CreateAsync(new() { Customer = customer.Id, PaymentMethod = "pm_card_visa", Confirm = true });
        await sandbox.RestartAsync();
        Assert.Equal("jane@example.com", (await new CustomerService(sandbox.Stripe).GetAsync(customer.Id)).Email);
        Assert.Equal("succeeded", (await new SetupIntentService(sandbox.Stripe).GetAsync(setup.Id)).Status);
        Assert.Equal("requires_capture", (await sandbox.Intents.CreateAsync(OffSession(customer, setup.PaymentMethodId))).Status);
    }

    private static PaymentIntentCreateOptions AuthorizeFor(Customer customer, string card)
    {
        var options = Authorize(card);
        options.Customer = customer.Id;
        return options;
    }

    private static PaymentIntentCreateOptions OffSession(Customer customer, string card)
    {
        var options = AuthorizeFor(customer, card);
        options.OffSession = true;
        return options;
    }
}
