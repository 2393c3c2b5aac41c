using System.Security.Cryptography;

namespace NexusCart.Sandbox.PayPal.Orders;

/// <summary>PayPal's words for states, and what they mean for the money.</summary>
public static class PayPalNames
{
    private const string Alphabet = "0123456789ABCDEFGHJKLMNPRSTUVWXY";

    /// <summary>A fresh id of an order, hold, capture or refund: 17 upper-case letters and digits.</summary>
    public static string NewId() => RandomNumberGenerator.GetString(Alphabet, 17);

    /// <summary>A fresh debug id: 13 hexadecimal digits.</summary>
    public static string NewDebugId() => RandomNumberGenerator.GetHexString(13, lowercase: true);

    /// <summary>On the wire.</summary>
    public static string Name(this OrderStatus status) => status switch
    {
        OrderStatus.Created => "CREATED",
        OrderStatus.PayerActionRequired => "PAYER_ACTION_REQUIRED",
        OrderStatus.Approved => "APPROVED",
        OrderStatus.Completed => "COMPLETED",
        OrderStatus.Voided => "VOIDED",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    /// <summary>On the wire.</summary>
    public static string Name(this AuthorizationStatus status) => status switch
    {
        AuthorizationStatus.Created => "CREATED",
        AuthorizationStatus.Pending => "PENDING",
        AuthorizationStatus.Denied => "DENIED",
        AuthorizationStatus.PartiallyCaptured => "PARTIALLY_CAPTURED",
        AuthorizationStatus.Captured => "CAPTURED",
        AuthorizationStatus.Voided => "VOIDED",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    /// <summary>On the wire.</summary>
    public static string Name(this CaptureStatus status) => status switch
    {
        CaptureStatus.Completed => "COMPLETED",
        CaptureStatus.Pending => "PENDING",
        CaptureStatus.Declined => "DECLINED",
        CaptureStatus.PartiallyRefunded => "PARTIALLY_REFUNDED",
        CaptureStatus.Refunded => "REFUNDED",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    /// <summary>On the wire.</summary>
    public static string Name(this PayPalRefundStatus status) => status switch
    {
        PayPalRefundStatus.Completed => "COMPLETED",
        PayPalRefundStatus.Pending => "PENDING",
        PayPalRefundStatus.Failed => "FAILED",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    /// <summary>True when the money was taken or is on its way.</summary>
    public static bool MovesMoney(this CaptureStatus status) => status != CaptureStatus.Declined;

    /// <summary>True when the money was given back or is on its way.</summary>
    public static bool MovesMoney(this PayPalRefundStatus status) => status != PayPalRefundStatus.Failed;

    /// <summary>True when something of the hold can still be taken.</summary>
    public static bool IsOpen(this AuthorizationStatus status) =>
        status is AuthorizationStatus.Created or AuthorizationStatus.Pending or AuthorizationStatus.PartiallyCaptured;
}
