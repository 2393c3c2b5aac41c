namespace NexusCart.Notifications.Domain;

/// <summary>What a mail is about.</summary>
public enum MailKind
{
    /// <summary>An order was recorded.</summary>
    OrderPlaced,

    /// <summary>An order is paid.</summary>
    OrderPaid,

    /// <summary>An order was cancelled.</summary>
    OrderCancelled,

    /// <summary>A parcel left.</summary>
    OrderShipped,

    /// <summary>Money was given back.</summary>
    OrderRefunded,

    /// <summary>Units of a paid order were cancelled.</summary>
    OrderRevoked,

    /// <summary>A return was asked for or has moved on.</summary>
    ReturnChanged,

    /// <summary>An address is to be verified.</summary>
    VerifyEmail,

    /// <summary>A password was forgotten.</summary>
    ResetPassword,

    /// <summary>A password was changed.</summary>
    PasswordChanged,
}

/// <summary>What a mail's claim comes to.</summary>
public enum MailVerdict
{
    /// <summary>The mail is the claimer's to send.</summary>
    Send,

    /// <summary>It has been sent.</summary>
    Sent,

    /// <summary>Somebody else is sending it.</summary>
    Busy,
}

/// <summary>
/// That an event's mail was sent, or is being sent: one event, one mail. It keeps no address and no text. Immutable: verbs give the next.
/// </summary>
/// <param name="Kind">What it is about.</param>
/// <param name="ClaimedAt">When somebody last began to send it; null when he gave up.</param>
/// <param name="SentAt">When it was handed over; null until then.</param>
public sealed record SentMail(MailKind Kind, DateTimeOffset? ClaimedAt, DateTimeOffset? SentAt)
{
    /// <summary>After so long nobody is sending it any more: longer than a handler may take.</summary>
    public static readonly TimeSpan ClaimLifetime = TimeSpan.FromSeconds(11);

    /// <summary>Claims the mail for whoever sends it now.</summary>
    public static MailVerdict Claim(SentMail? known, MailKind kind, DateTimeOffset now, out SentMail next)
    {
        next = known ?? new SentMail(kind, null, null);
        if (next.SentAt is not null)
            return MailVerdict.Sent;
        if (next.ClaimedAt + ClaimLifetime > now)
            return MailVerdict.Busy;
        next = next with { ClaimedAt = now };
        return MailVerdict.Send;
    }
}
