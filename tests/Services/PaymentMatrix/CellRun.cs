using Dapr.Workflow.Abstractions;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.DependencyInjection;
using NexusCart.Inventory.V1;
using NexusCart.Payments.V1;
using NexusCart.Tests.Workflows.Checkout;
using NexusCart.Tests.Workflows.Harness;
using NexusCart.Workflows.Checkout;
using NexusCart.Workflows.Checkout.Activities;
using PaymentsClient = NexusCart.Payments.V1.Payments.PaymentsClient;

namespace NexusCart.Tests.Services.PaymentMatrix;

/// <summary>
/// One order: the checkout saga with its activities, on the engine of the workflow tests, against the real services. The engine's
/// time is virtual, so that patience costs nothing.
/// </summary>
internal sealed class CellRun(TillFixture till, Cell cell, int number)
{
    public const int Loaded = 3;

    private static readonly Type[] Activities = [.. typeof(CheckoutWorkflow).Assembly.GetTypes().Where(type => type is { IsAbstract: false, Namespace: { } place }
        && place.StartsWith("NexusCart.Workflows.Checkout", StringComparison.Ordinal) && type.IsAssignableTo(typeof(IWorkflowActivity)))];

    private readonly FakeJournal _journal = new();
    private readonly long _total = 1_000 + number;

    // What a virtual wait costs: room for the payment service's own repetitions between the saga's, and for a bank that takes days.
    private readonly TimeSpan _costOfATimer = TimeSpan.FromMilliseconds(cell.Means.Name == "echeck" ? 150 : 25);
    private int _actions;

    /// <summary>The order, its payment and its reservation.</summary>
    public string OrderId { get; } = Guid.CreateVersion7().ToString("N");

    /// <summary>What is bought; each cell has its own.</summary>
    public string Sku => SkuOf(number);

    public static string SkuOf(int number) => $"CELL-{number:D4}";

    /// <summary>Runs the order to its end.</summary>
    /// <returns>What does not agree; null when all does.</returns>
    public async Task<string?> RunAsync()
    {
        try
        {
            await PlanAsync();
            var runner = Engine();
            await runner.RunAsync<CheckoutWorkflow, CheckoutInput, CheckoutOutput>(OrderId, new CheckoutInput(
                OrderId, "customer-1", "jane@example.org", cell.Provider == "paypal" ? "paypal" : cell.Means.Name, _total, "EUR",
                [new CheckoutLine(Sku, 1)], PaymentActionSeconds: 900, ReservationSeconds: 1_200));
            string? wrong = "never looked";
            await till.EventuallyAsync($"{cell}: agreement", async () => (wrong = await DisagreementAsync()) is null);
            return wrong;
        }
        catch (Exception failure)
        {
            return $"{cell} ({OrderId}, {_journal.Status} {_journal.Reason}): {await DisagreementOrErrorAsync()} {failure.GetType().Name} {failure.Message.Split('\n')[0]}";
        }
    }

    /// <summary>Compares the providers' books, the payment service, the order and the stock.</summary>
    private async Task<string?> DisagreementAsync()
    {
        var books = await till.BooksAsync(OrderId);
        var payment = await till.Payments().GetPaymentAsync(new GetPaymentRequest { PaymentId = OrderId });
        var available = await till.AvailableAsync(Sku);
        var kept = cell.End == End.Cancelled && !cell.RefundFails ? 0 : _total;
        var status = cell.End switch
        {
            End.Paid => "paid",
            End.Cancelled => "cancelled",
            _ => "needs_attention",
        };
        var found = $"order {_journal.Status} ({_journal.Reason}: {_journal.Detail}), {books}, payment {payment.Status} {payment.Captured.MinorUnits}-{payment.Refunded.MinorUnits}, {available} of {Loaded} left";
        var agrees = _journal.Status == status
            && books.Kept == kept
            && books.AmountAuthorized == 0
            && books.Authorizations <= 1
            && books.Captures <= 1
            && (payment.Captured.MinorUnits, payment.Refunded.MinorUnits) == (books.AmountCaptured, books.AmountRefunded)
            && available == Loaded - (cell.End == End.Paid ? 1 : 0);
        return agrees ? null : found;
    }

    private async Task<string?> DisagreementOrErrorAsync()
    {
        try
        {
            return await DisagreementAsync();
        }
        catch (RpcException failed)
        {
            return failed.Status.Detail;
        }
    }

    private Task PlanAsync() => cell.Mishap is { Kind: { } kind } mishap && (kind != "none" || mishap.Delay > 0)
        ? till.ControlAsync("faults", new
        {
            provider = cell.Provider,
            operation = cell.Operation,
            kind,
            status = mishap.Status,
            times = mishap.Times,
            delay_before_ms = mishap.Delay,
            match = new Dictionary<string, string> { ["payment_id"] = OrderId },
        })
        : Task.CompletedTask;

    private WorkflowRunner Engine()
    {
        var services = new ServiceCollection()
            .AddSingleton<IOrderJournal>(_journal)
            .AddSingleton(TimeProvider.System)
            .AddSingleton<StepCaller>();
        foreach (var client in Activities.SelectMany(type => type.GetConstructors()[0].GetParameters()).Select(needed => needed.ParameterType).Where(type => type.IsAssignableTo(typeof(ClientBase))).Distinct())
            services.AddSingleton(client, _ => Activator.CreateInstance(client, till.Elsewhere)!);
        // The last one counts.
        services.AddSingleton(till.Inventory);
        services.AddSingleton(cell.Point == Point.Refund ? till.Payments(new LostAnswers("Capture")) : till.Payments());
        var provider = services.BuildServiceProvider();
        var runner = new WorkflowRunner();
        foreach (var type in Activities)
            runner.Register((IWorkflowActivity)ActivatorUtilities.CreateInstance(provider, type));
        runner.BeforeActivity = LoseTheReservation;
        runner.WhenIdleAsync = () => ActAsync(runner);
        return runner;
    }

    private void LoseTheReservation(string activity)
    {
        if (cell.Point != Point.Void || activity != nameof(ConfirmActivity))
            return;
        var release = new ReleaseRequest { ReservationId = OrderId, Reason = "lost by the test" };
        release.Lines.Add(new StockLine { Sku = Sku, Quantity = 1 });
        till.Inventory.Release(release);
    }

    /// <summary>The customer acts when he is asked to; otherwise the next timer fires.</summary>
    private async Task ActAsync(WorkflowRunner runner)
    {
        var wanted = cell.Means.Customer switch
        {
            Customer.WalksAway => 0,
            Customer.ComesBack => 2,
            _ => 1,
        };
        if (_journal.Status != "action_required" || _actions >= wanted)
        {
            await Task.Delay(_costOfATimer);
            return;
        }

        var payment = await till.Payments().GetPaymentAsync(new GetPaymentRequest { PaymentId = OrderId });
        await AnswerAsync(payment.ProviderReference, first: _actions++ == 0);
        // He comes back once PayPal has told the shop that his first instrument does not pay.
        await till.EventuallyAsync($"{cell}: the shop hears of it", async () =>
        {
            payment = await till.Payments().GetPaymentAsync(new GetPaymentRequest { PaymentId = OrderId });
            return payment.Status != PaymentStatus.ActionRequired || (_actions < wanted && payment.DeclineCode.Length > 0);
        });
        if (payment.Status != PaymentStatus.ActionRequired)
            runner.Raise(CheckoutWorkflow.PaymentUpdated, new PaymentUpdate(OrderId, $"payment.{payment.Status}"));
        else
            await ActAsync(runner);
    }

    private async Task AnswerAsync(string reference, bool first)
    {
        if (cell.Provider == "paypal")
        {
            await till.ControlAsync($"paypal/orders/{reference}/approve", new { buyer = first ? cell.Means.Name : "buyer" });
            return;
        }

        var verb = cell.Means.Customer == Customer.Fails ? "fail" : "complete";
        using var answer = await till.Sandbox.PostAsync($"/sandbox/3ds/{reference}/{verb}", null);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>A network that brings calls of one method there and never an answer back.</summary>
    private sealed class LostAnswers(string method) : Interceptor
    {
        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            var call = continuation(request, context);
            return context.Method.Name != method ? call : new AsyncUnaryCall<TResponse>(
                LoseAsync(call.ResponseAsync), call.ResponseHeadersAsync, call.GetStatus, call.GetTrailers, call.Dispose);
        }

        private static async Task<T> LoseAsync<T>(Task<T> answer)
        {
            await answer;
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, "lost by the test"));
        }
    }
}
