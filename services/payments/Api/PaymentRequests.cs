using NexusCart.Payments.Domain;
using NexusCart.Payments.V1;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Values;

namespace NexusCart.Payments.Api;

/// <summary>Checks requests and makes commands of them.</summary>
public static class PaymentRequests
{
    private const int MaxTokenLength = 255;
    private const int MaxReasonLength = 500;
    private const int MaxEmailLength = 254;

    /// <summary>An authorisation.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, naming each field at fault.</exception>
    public static BeginAuthorize Check(AuthorizeRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = Start(request.PaymentId);
        violations.CheckMoney(request.Amount, "amount", least: 1);
        violations.Check(IsToken(request.PaymentMethod), "paymentMethod", "must be paypal, or the provider's token of a payment method like pm_card_visa; never a card number");
        violations.Check(request.CustomerId.Length <= Identifiers.MaxLength * 2, "customerId", $"must be at most {Identifiers.MaxLength * 2} characters");
        violations.Check(request.Email.Length <= MaxEmailLength, "email", $"must be at most {MaxEmailLength} characters");
        violations.ThrowIfAny();
        return new(request.Amount.MinorUnits, request.Amount.Currency, request.PaymentMethod, request.CustomerId, request.Email);
    }

    /// <summary>A capture.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, naming each field at fault.</exception>
    public static BeginCapture Check(CaptureRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = Start(request.PaymentId);
        violations.CheckMoney(request.Amount, "amount", least: 1);
        violations.ThrowIfAny();
        return new(request.Amount.MinorUnits, request.Amount.Currency, request.Partial);
    }

    /// <summary>A void.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, naming each field at fault.</exception>
    public static BeginVoid Check(VoidRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = Start(request.PaymentId);
        violations.Check(request.Reason.Length <= MaxReasonLength, "reason", $"must be at most {MaxReasonLength} characters");
        violations.ThrowIfAny();
        return new(request.Reason);
    }

    /// <summary>A refund.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, naming each field at fault.</exception>
    public static BeginRefund Check(RefundRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = Start(request.PaymentId);
        violations.CheckId(request.RefundId, "refundId");
        violations.CheckMoney(request.Amount, "amount", least: 1);
        violations.Check(request.Reason.Length <= MaxReasonLength, "reason", $"must be at most {MaxReasonLength} characters");
        violations.ThrowIfAny();
        return new(request.RefundId, request.Amount.MinorUnits, request.Amount.Currency, request.Reason);
    }

    /// <summary>A look.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, naming each field at fault.</exception>
    public static void Check(GetPaymentRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Start(request.PaymentId).ThrowIfAny();
    }

    /// <summary>A look at a ledger.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, naming each field at fault.</exception>
    public static void Check(GetLedgerRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Start(request.PaymentId).ThrowIfAny();
    }

    /// <summary>The end of a task.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, naming each field at fault.</exception>
    public static void Check(ResolveTaskRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        violations.CheckId(request.TaskId, "taskId");
        violations.Check(request.Note.Length is >= 1 and <= MaxReasonLength, "note", $"must be 1 to {MaxReasonLength} characters");
        violations.ThrowIfAny();
    }

    /// <summary>A payment method to be saved.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, naming each field at fault.</exception>
    public static void Check(SavePaymentMethodRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        violations.Check(
            IsToken(request.Token) && request.Token.StartsWith("pm_", StringComparison.Ordinal), "token",
            "must be the provider's token of a payment method, like pm_card_visa; never a card number");
        violations.ThrowIfAny();
    }

    /// <summary>A payment method to be removed.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, naming each field at fault.</exception>
    public static void Check(DeletePaymentMethodRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var violations = new Violations();
        violations.CheckId(request.MethodId, "methodId");
        violations.ThrowIfAny();
    }

    private static Violations Start(string paymentId)
    {
        var violations = new Violations();
        violations.CheckId(paymentId, "paymentId");
        return violations;
    }

    // A token starts with letters and has an underscore; digits alone would be a card number, which must not come this far.
    private static bool IsToken(string text) =>
        text == ProviderNames.PayPal
        || text is { Length: >= 1 and <= MaxTokenLength }
        && char.IsAsciiLetter(text[0])
        && text.Contains('_', StringComparison.Ordinal)
        && text.All(character => char.IsAsciiLetterOrDigit(character) || character == '_');
}
