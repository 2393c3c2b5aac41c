namespace NexusCart.Users.Domain;

/// <summary>What is sent by mail to verify an address or set a new password: good once, and not for long.</summary>
public static class Tickets
{
    /// <summary>How long a ticket for an address is good.</summary>
    public static readonly TimeSpan VerificationLifetime = TimeSpan.FromDays(3);

    /// <summary>How long a ticket for a password is good.</summary>
    public static readonly TimeSpan ResetLifetime = TimeSpan.FromHours(1);

    /// <summary>The least time between two mails of a kind: nobody's mailbox can be filled by asking.</summary>
    public static readonly TimeSpan BetweenMails = TimeSpan.FromMinutes(1);

    internal static Ticket Kept(IssuedTicket issued, DateTimeOffset now) => new(issued.Purpose, issued.Hash, now, issued.ExpiresAt);

    internal static AccountDecision Request(Account account, IssuedTicket issued, DateTimeOffset now)
    {
        var done = issued.Purpose is TicketPurpose.EmailVerification && account.EmailVerified;
        if (done || account.Tickets.Any(ticket => ticket.Purpose == issued.Purpose && ticket.IssuedAt + BetweenMails > now))
            return new(AccountVerdict.Done, account);
        // A new ticket makes those before worthless.
        var changed = AccountMachine.Change(account with { Tickets = [.. Others(account, issued.Purpose), Kept(issued, now)] });
        return changed with { Sent = issued };
    }

    internal static AccountDecision Verify(Account account, string hash, DateTimeOffset now) =>
        IsGood(account, TicketPurpose.EmailVerification, hash, now)
            ? AccountMachine.Change(
                account with { EmailVerified = true, Tickets = Others(account, TicketPurpose.EmailVerification) }, AccountNews.EmailVerified)
            : new(AccountVerdict.BadTicket, null);

    internal static AccountDecision Reset(Account account, ResetPassword reset, DateTimeOffset now) =>
        IsGood(account, TicketPurpose.PasswordReset, reset.TicketHash, now)
            ? AccountMachine.Change(
                account with
                {
                    // Whoever holds the ticket reads the mail.
                    EmailVerified = true,
                    PasswordHash = reset.PasswordHash,
                    Sessions = [],
                    Tickets = [],
                    FailedAttempts = 0,
                    LockedUntil = null,
                },
                AccountNews.PasswordChanged)
            : new(AccountVerdict.BadTicket, null);

    private static bool IsGood(Account account, TicketPurpose purpose, string hash, DateTimeOffset now) =>
        account.Tickets.Any(ticket => ticket.Purpose == purpose && ticket.Hash == hash && ticket.ExpiresAt > now);

    private static Ticket[] Others(Account account, TicketPurpose purpose) =>
        [.. account.Tickets.Where(ticket => ticket.Purpose != purpose)];
}
