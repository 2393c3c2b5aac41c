using Grpc.Core;
using NexusCart.Common.V1;
using NexusCart.Payments.V1;
using PaymentsClient = NexusCart.Payments.V1.Payments.PaymentsClient;

namespace NexusCart.Tests.Workflows.Checkout;

/// <summary>Payments as its contract promises it, in memory, for one payment.</summary>
internal sealed class FakePayments(Faults faults) : PaymentsClient
{
    private Payment? _payment;

    /// <summary>What the provider answers to an authorisation.</summary>
    public PaymentStatus ProviderAnswers { get; set; } = PaymentStatus.Authorized;

    /// <summary>The provider is out of order: nothing is asked of it.</summary>
    public bool ProviderIsDown { get; set; }

    public PaymentStatus? Status => _payment?.Status;

    public long Captured => _payment?.Captured?.MinorUnits ?? 0;

    public long Refunded => _payment?.Refunded?.MinorUnits ?? 0;

    /// <summary>How often the provider was asked to authorise.</summary>
    public int Authorisations { get; private set; }

    /// <summary>The customer acted, or the provider changed its mind.</summary>
    public void ProviderSays(PaymentStatus status, string declineCode = "")
    {
        Assert.NotNull(_payment);
        _payment.Status = status;
        _payment.DeclineCode = declineCode;
    }

    public override AsyncUnaryCall<Payment> AuthorizeAsync(AuthorizeRequest request, CallOptions options) =>
        faults.Call("Authorize", () => Authorize(request));

    public override AsyncUnaryCall<Payment> CaptureAsync(CaptureRequest request, CallOptions options) =>
        faults.Call("Capture", () => Capture(request));

    public override AsyncUnaryCall<Payment> VoidAsync(VoidRequest request, CallOptions options) =>
        faults.Call("Void", () => Void(request));

    public override AsyncUnaryCall<Payment> RefundAsync(RefundRequest request, CallOptions options) =>
        faults.Call("Refund", () => Refund(request));

    public override AsyncUnaryCall<Payment> GetPaymentAsync(GetPaymentRequest request, CallOptions options) =>
        faults.Call("GetPayment", () => _payment?.Clone() ?? throw new RpcException(new Status(StatusCode.NotFound, "No such payment.")));

    private static RpcException Refused(string why) => new(new Status(StatusCode.FailedPrecondition, why));

    private Payment Authorize(AuthorizeRequest request)
    {
        if (ProviderIsDown)
        {
            return new Payment
            {
                PaymentId = request.PaymentId,
                Status = PaymentStatus.Pending,
                Provider = "stripe",
                ProviderUnavailable = true,
                OfferedProviders = { "paypal" },
            };
        }

        if (_payment is null)
        {
            Authorisations++;
            _payment = new Payment
            {
                PaymentId = request.PaymentId,
                Amount = request.Amount,
                Status = ProviderAnswers,
                DeclineCode = ProviderAnswers is PaymentStatus.Declined ? "card_declined/insufficient_funds" : "",
                ClientSecret = ProviderAnswers is PaymentStatus.ActionRequired ? "pi_1_secret_2" : "",
            };
        }

        return _payment.Clone();
    }

    private Payment Capture(CaptureRequest request)
    {
        if (_payment is not { Status: PaymentStatus.Authorized or PaymentStatus.Captured })
            throw Refused("The payment is not authorised.");
        if (request.Amount.MinorUnits != _payment.Amount.MinorUnits)
            throw Refused("The amount differs from the authorised one.");
        _payment.Status = PaymentStatus.Captured;
        _payment.Captured = request.Amount;
        return _payment.Clone();
    }

    private Payment Void(VoidRequest request)
    {
        _payment ??= new Payment { PaymentId = request.PaymentId };
        if (_payment.Status is PaymentStatus.Captured)
            throw Refused("The money was taken; refund it.");
        if (_payment.Status is not PaymentStatus.Declined)
            _payment.Status = PaymentStatus.Voided;
        return _payment.Clone();
    }

    private Payment Refund(RefundRequest request)
    {
        if (_payment is not { Status: PaymentStatus.Captured or PaymentStatus.Refunded })
            throw Refused("No money was taken.");
        _payment.Status = PaymentStatus.Refunded;
        _payment.Refunded = new Money(request.Amount);
        return _payment.Clone();
    }
}
