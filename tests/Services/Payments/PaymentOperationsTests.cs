using Grpc.Core;
using NexusCart.Payments.V1;

namespace NexusCart.Tests.Services.Payments;

/// <summary>What staff and customers do with payments: tasks, ledgers, reconciliations by the scheduler, saved cards, outages.</summary>
public sealed class PaymentOperationsTests(PaymentsFixture payments) : IClassFixture<PaymentsFixture>
{
    private readonly string _id = Guid.CreateVersion7().ToString("N");

    [Fact]
    public async Task The_scheduler_has_payments_reconciled_and_a_missed_webhook_is_made_up_for()
    {
        await payments.WebhooksAsync(delivered: false);
        var waiting = await payments.AuthorizeAsync(_id, "pm_card_threeDSecure2Required");
        using var done = await payments.Sandbox.PostAsync(waiting.RedirectUrl + "/complete", null);
        await payments.EventuallyAsync("reconciled", async () => (await payments.GetAsync(_id)).Status == PaymentStatus.Authorized);
        await payments.WebhooksAsync(delivered: true);

        ListReconciliationsResponse reports = null!;
        await payments.EventuallyAsync("reported", async () =>
        {
            reports = await payments.Client.ListReconciliationsAsync(new(), Tokens.User("payments.read"));
            return reports.Reports.Any(report => report.Findings.Any(finding => finding.PaymentId == _id));
        });
        var found = reports.Reports.SelectMany(report => report.Findings).First(finding => finding.PaymentId == _id);
        Assert.Equal(("missed_webhook", true, "stripe"), (found.Kind, found.Repaired, found.Provider));
        await payments.EventuallyAsync("told", () => Task.FromResult(payments.News(_id).Contains("payment.authorized.v1")));
    }

    [Fact]
    public async Task A_refund_that_fails_later_becomes_a_task_and_an_event()
    {
        await payments.AuthorizeAsync(_id, "pm_card_refundFail");
        await payments.CaptureAsync(_id);
        Assert.Equal(500, (await payments.RefundAsync(_id, "return-1", 500)).Refunded.MinorUnits);
        PaymentTask? task = null;
        await payments.EventuallyAsync("a task", async () =>
            (task = (await payments.Client.ListTasksAsync(new(), Tokens.User("payments.read"))).Tasks.FirstOrDefault(open => open.PaymentId == _id)) is not null);
        Assert.Equal(("refund_failed", 500L), (task!.Kind, task.Amount.MinorUnits));
        await payments.EventuallyAsync("an event", () => Task.FromResult(payments.News(_id).Contains("payment.refund_failed.v1")));

        var ledger = await payments.Client.GetLedgerAsync(new() { PaymentId = _id }, Tokens.User("payments.read"));
        Assert.Equal(["authorized", "captured", "refunded", "refund_failed"], ledger.Entries.Select(entry => entry.Kind));
        Assert.Equal((0L, 1_999L, 0L), (ledger.Held.MinorUnits, ledger.Captured.MinorUnits, ledger.Refunded.MinorUnits));
        Assert.Equal("", ledger.Payment.ClientSecret);

        var request = new ResolveTaskRequest { TaskId = task.TaskId, Note = "paid by bank transfer" };
        Assert.Equal(StatusCode.PermissionDenied, await RefusalAsync(payments.Client.ResolveTaskAsync(request, Tokens.User("payments.read"))));
        Assert.Equal("somebody", (await payments.Client.ResolveTaskAsync(request, Tokens.User("payments.write"))).ResolvedBy);
        Assert.DoesNotContain((await payments.Client.ListTasksAsync(new(), Tokens.User("payments.read"))).Tasks, open => open.TaskId == task.TaskId);
        Assert.Contains((await payments.Client.ListTasksAsync(new() { Resolved = true }, Tokens.User("payments.read"))).Tasks, closed => closed.TaskId == task.TaskId);
    }

    [Fact]
    public async Task A_dispute_is_told_and_is_in_the_ledger()
    {
        await payments.AuthorizeAsync(_id, "pm_card_createDispute");
        await payments.CaptureAsync(_id);
        await payments.EventuallyAsync("told", () => Task.FromResult(payments.News(_id).Contains("payment.disputed.v1")));
        var ledger = await payments.Client.GetLedgerAsync(new() { PaymentId = _id }, Tokens.User("payments.read"));
        Assert.Equal(1_999, ledger.Disputed.MinorUnits);
    }

    [Fact]
    public async Task A_saved_card_is_its_customers_alone()
    {
        var jane = Tokens.Customer("jane");
        var saved = await payments.Client.SavePaymentMethodAsync(new() { Token = "pm_card_visa" }, jane);
        Assert.Equal(("visa", "4242"), (saved.Brand, saved.Last4));
        Assert.Equal(saved, Assert.Single((await payments.Client.ListPaymentMethodsAsync(new(), jane)).Methods));
        var john = Tokens.Customer("john");
        Assert.Empty((await payments.Client.ListPaymentMethodsAsync(new(), john)).Methods);
        Assert.Equal(StatusCode.NotFound, await RefusalAsync(payments.Client.DeletePaymentMethodAsync(new() { MethodId = saved.MethodId }, john)));

        Assert.Equal(StatusCode.FailedPrecondition, await RefusalAsync(payments.AuthorizeAsync(_id, saved.MethodId, customer: "john")));
        Assert.Equal(PaymentStatus.Authorized, (await payments.AuthorizeAsync(_id, saved.MethodId, customer: "jane")).Status);
        await payments.Client.DeletePaymentMethodAsync(new() { MethodId = saved.MethodId }, jane);
        Assert.Empty((await payments.Client.ListPaymentMethodsAsync(new(), jane)).Methods);
        Assert.Equal(PaymentStatus.Authorized, (await payments.AuthorizeAsync(_id, saved.MethodId, customer: "jane")).Status);
        Assert.Equal(StatusCode.InvalidArgument, await RefusalAsync(payments.Client.SavePaymentMethodAsync(new() { Token = "4242424242424242" }, jane)));
    }

    [Fact]
    public async Task Whose_account_was_erased_has_no_saved_card_and_his_payments_no_address()
    {
        var erika = Tokens.Customer("erika");
        var saved = await payments.Client.SavePaymentMethodAsync(new() { Token = "pm_card_visa" }, erika);
        await payments.AuthorizeAsync(_id, saved.MethodId, customer: "erika");
        await payments.CaptureAsync(_id);
        for (var delivery = 0; delivery < 2; delivery++)
            await payments.PublishAsync("users", "user.erased.v1", new { userId = "erika", version = 7 }, $"erika:7:{delivery}");
        await payments.EventuallyAsync("the card is gone", async () => (await payments.Client.ListPaymentMethodsAsync(new(), erika)).Methods.Count == 0);
        Assert.Equal(StatusCode.PermissionDenied, await RefusalAsync(payments.Client.SavePaymentMethodAsync(new() { Token = "pm_card_visa" }, erika)));

        // What is under way with it goes on: the money is known by the payment, not by the card.
        Assert.Equal(1_999, (await payments.GetAsync(_id)).Captured.MinorUnits);
        await payments.PublishAsync("orders", "order.contact_erased.v1", new { orderId = "never-paid-for", customerId = "erika" }, "never-paid-for:contact-erased");
        await payments.PublishAsync("orders", "order.contact_erased.v1", new { orderId = _id, customerId = "erika" }, $"{_id}:contact-erased");
        // The payment no longer knows what it was begun with: another begin of it is not recognised.
        await payments.EventuallyAsync("the address is gone", async () =>
        {
            try
            {
                await payments.AuthorizeAsync(_id, saved.MethodId, customer: "erika");
                return false;
            }
            catch (RpcException refusal)
            {
                return refusal.StatusCode is StatusCode.AlreadyExists or StatusCode.FailedPrecondition;
            }
        });
        Assert.Equal(500, (await payments.RefundAsync(_id, "after", 500)).Refunded.MinorUnits);
    }

    [Fact]
    public async Task While_a_provider_is_down_payments_say_who_else_there_is_and_then_go_on()
    {
        await payments.FaultAllAsync("payment_intents.create", "drop_before");
        // The answer comes when the calls for one payment failed, the list once it were enough of them.
        Payment answer = null!;
        ListProvidersResponse providers = null!;
        await payments.EventuallyAsync("the provider is known to be down", async () =>
        {
            answer = await payments.AuthorizeAsync(_id);
            providers = await payments.Client.ListProvidersAsync(new(), Tokens.User("guest"));
            return answer.ProviderUnavailable && !providers.Providers[0].Available;
        });
        Assert.Equal((PaymentStatus.Pending, "stripe"), (answer.Status, answer.Provider));
        Assert.Equal(["paypal"], answer.OfferedProviders);
        Assert.Equal([("stripe", false), ("paypal", true)], providers.Providers.Select(provider => (provider.Provider, provider.Available)));

        await payments.ClearFaultsAsync();
        await payments.EventuallyAsync("the provider is back", async () =>
        {
            var again = await payments.AuthorizeAsync(_id);
            return !again.ProviderUnavailable && again.Status == PaymentStatus.Authorized;
        });
        Assert.Equal((1, 0, 0, 1_999L), await payments.EffectsAsync(_id));
    }

    [Fact]
    public async Task A_partial_capture_lets_the_rest_go()
    {
        await payments.AuthorizeAsync(_id);
        var request = new CaptureRequest { PaymentId = _id, Amount = new() { MinorUnits = 1_500, Currency = "EUR" } };
        Assert.Equal(StatusCode.FailedPrecondition, await RefusalAsync(payments.Client.CaptureAsync(request, Tokens.Service())));
        request.Partial = true;
        Assert.Equal(1_500, (await payments.Client.CaptureAsync(request, Tokens.Service())).Captured.MinorUnits);
        Assert.Equal((1, 1, 0, 0L), await payments.EffectsAsync(_id));
    }

    [Fact]
    public async Task Ledgers_tasks_and_reconciliations_are_for_staff()
    {
        await payments.AuthorizeAsync(_id);
        Assert.Equal(StatusCode.PermissionDenied, await RefusalAsync(payments.Client.GetLedgerAsync(new() { PaymentId = _id }, Tokens.User("guest"))));
        Assert.Equal(StatusCode.PermissionDenied, await RefusalAsync(payments.Client.ListTasksAsync(new(), Tokens.User("guest"))));
        Assert.Equal(StatusCode.PermissionDenied, await RefusalAsync(payments.Client.ReconcileAsync(new(), Tokens.User("payments.read"))));
        Assert.True((await payments.Client.ReconcileAsync(new(), Tokens.User("payments.write"))).Checked >= 0);
    }

    private static async Task<StatusCode> RefusalAsync<T>(AsyncUnaryCall<T> call) =>
        (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync)).StatusCode;
}
