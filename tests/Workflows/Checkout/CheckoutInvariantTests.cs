using CsCheck;
using NexusCart.Payments.V1;
using NexusCart.Workflows.Checkout;

namespace NexusCart.Tests.Workflows.Checkout;

/// <summary>Whatever goes wrong, in whatever order: paid and sold, or nothing left, or a task for staff.</summary>
public class CheckoutInvariantTests
{
    private static readonly string[] Methods = ["Reserve", "Authorize", "Commit", "Capture", "Release", "Void", "Restock", "Refund", "GetPayment"];

    private static readonly Gen<Mishap> Mishaps = Gen.Select(
        Gen.OneOf(Methods), Gen.Enum<Kind>(), Gen.Int[1, 12], (method, kind, times) => new Mishap(method, kind, times));

    private static readonly Gen<PaymentStatus> Answers = Gen.OneOf(
        PaymentStatus.Authorized, PaymentStatus.ActionRequired, PaymentStatus.Declined);

    private enum Kind
    {
        LoseRequest,
        LoseAnswer,
        Down,
        Mute,
        LoseWorker,
    }

    [Fact]
    public void Every_run_ends_sold_or_undone_or_visible() =>
        Gen.Select(Mishaps.Array[0, 6], Answers, Gen.Bool).Sample(
            (mishaps, answer, customerActs) => RunAsync(mishaps, answer, customerActs).GetAwaiter().GetResult(), iter: 400);

    private static async Task RunAsync(Mishap[] mishaps, PaymentStatus answer, bool customerActs)
    {
        var bench = new CheckoutBench();
        bench.Payments.ProviderAnswers = answer;
        foreach (var mishap in mishaps)
            Arrange(bench, mishap);
        bench.Runner.WhenIdle = () =>
        {
            if (!customerActs || bench.Payments.Status is not PaymentStatus.ActionRequired)
                return;
            bench.Payments.ProviderSays(PaymentStatus.Authorized);
            bench.Runner.Raise(CheckoutWorkflow.PaymentUpdated, new PaymentUpdate(CheckoutBench.OrderId, "payment.authorized.v1"));
        };

        var output = await bench.RunAsync();

        Assert.True(bench.Payments.Authorisations <= 1);
        switch (output.End)
        {
            case CheckoutEnd.Paid:
                Assert.Equal("paid", bench.Journal.Status);
                bench.AssertSold();
                break;
            case CheckoutEnd.Cancelled:
                Assert.Equal("cancelled", bench.Journal.Status);
                bench.AssertNothingLeft();
                break;
            default:
                Assert.Equal("needs_attention", bench.Journal.Status);
                Assert.Contains(mishaps, mishap => mishap.Kind is Kind.Down or Kind.Mute);
                break;
        }
    }

    private static void Arrange(CheckoutBench bench, Mishap mishap)
    {
        switch (mishap.Kind)
        {
            case Kind.LoseRequest:
                bench.Faults.LoseRequest(mishap.Method, mishap.Times);
                break;
            case Kind.LoseAnswer:
                bench.Faults.LoseAnswer(mishap.Method, mishap.Times);
                break;
            case Kind.Down:
                bench.Faults.Down(mishap.Method);
                break;
            case Kind.Mute:
                bench.Faults.Mute(mishap.Method);
                break;
            default:
                bench.Runner.LosesWorkerIn.Add(ActivityOf(mishap.Method));
                break;
        }
    }

    private static string ActivityOf(string method) => method switch
    {
        "Authorize" => "AuthoriseActivity",
        "Commit" => "ConfirmActivity",
        "GetPayment" => "ReadPaymentActivity",
        _ => $"{method}Activity",
    };

    private sealed record Mishap(string Method, Kind Kind, int Times);
}
