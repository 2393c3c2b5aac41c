using System.Text.Json.Serialization;

namespace NexusCart.Users.Domain;

/// <summary>What can be asked of one account. Each is idempotent but <see cref="BeginSignIn"/>, which counts.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "do")]
[JsonDerivedType(typeof(ReadAccount), "read")]
[JsonDerivedType(typeof(Register), "register")]
[JsonDerivedType(typeof(BeginSignIn), "begin-sign-in")]
[JsonDerivedType(typeof(StartSession), "start-session")]
[JsonDerivedType(typeof(RefreshSession), "refresh-session")]
[JsonDerivedType(typeof(EndSession), "end-session")]
[JsonDerivedType(typeof(EndAllSessions), "end-all-sessions")]
[JsonDerivedType(typeof(ChangePassword), "change-password")]
[JsonDerivedType(typeof(SetRoles), "set-roles")]
[JsonDerivedType(typeof(SetCustomerGroup), "set-customer-group")]
[JsonDerivedType(typeof(RequestTicket), "request-ticket")]
[JsonDerivedType(typeof(VerifyEmail), "verify-email")]
[JsonDerivedType(typeof(ResetPassword), "reset-password")]
[JsonDerivedType(typeof(PutAddress), "put-address")]
[JsonDerivedType(typeof(RemoveAddress), "remove-address")]
[JsonDerivedType(typeof(PutApiKey), "put-api-key")]
[JsonDerivedType(typeof(RemoveApiKey), "remove-api-key")]
[JsonDerivedType(typeof(Erase), "erase")]
public abstract record AccountCommand;

/// <summary>Only looks.</summary>
public sealed record ReadAccount : AccountCommand;

/// <summary>Makes the account.</summary>
/// <param name="Email">The address.</param>
/// <param name="DisplayName">The name.</param>
/// <param name="PasswordHash">Salted and slow.</param>
/// <param name="Key">The idempotency key.</param>
/// <param name="Verification">What is sent to the address to verify it.</param>
public sealed record Register(
    string Email, string DisplayName, string PasswordHash, string Key, IssuedTicket? Verification = null) : AccountCommand;

/// <summary>A ticket on its way into a mail.</summary>
/// <param name="Purpose">What for.</param>
/// <param name="Text">What the mail says; not kept.</param>
/// <param name="Hash">The digest of its secret.</param>
/// <param name="ExpiresAt">When it is out of date.</param>
public sealed record IssuedTicket(TicketPurpose Purpose, string Text, string Hash, DateTimeOffset ExpiresAt);

/// <summary>Has a ticket sent, unless one was a moment ago.</summary>
public sealed record RequestTicket(IssuedTicket Issued) : AccountCommand;

/// <summary>Shows a ticket for the address.</summary>
public sealed record VerifyEmail(string TicketHash) : AccountCommand;

/// <summary>Shows a ticket for a new password; every session ends.</summary>
public sealed record ResetPassword(string TicketHash, string PasswordHash) : AccountCommand;

/// <summary>Writes an address into the book.</summary>
public sealed record PutAddress(AddressEntry Address) : AccountCommand;

/// <summary>Takes an address out of the book.</summary>
public sealed record RemoveAddress(string AddressId) : AccountCommand;

/// <summary>
/// Counts an attempt before the password is looked at, so that guesses made side by side are counted like those made one after
/// the other. <see cref="StartSession"/> and <see cref="ChangePassword"/> take the count back.
/// </summary>
public sealed record BeginSignIn : AccountCommand;

/// <summary>The password was right: a session begins.</summary>
public sealed record StartSession(string SessionId, string ClientId, DateTimeOffset ExpiresAt) : AccountCommand;

/// <summary>Tokens were issued anew.</summary>
public sealed record RefreshSession(string SessionId, DateTimeOffset ExpiresAt) : AccountCommand;

/// <summary>Signs out on one device.</summary>
public sealed record EndSession(string SessionId) : AccountCommand;

/// <summary>Signs out everywhere.</summary>
public sealed record EndAllSessions : AccountCommand;

/// <summary>A new password; every session ends.</summary>
public sealed record ChangePassword(string PasswordHash) : AccountCommand;

/// <summary>Sets the roles; <see cref="Account.CustomerRole"/> stays among them.</summary>
public sealed record SetRoles(IReadOnlyList<string> Roles) : AccountCommand;

/// <summary>Puts the person into a customer group; empty takes it out of its group.</summary>
public sealed record SetCustomerGroup(string Group) : AccountCommand;

/// <summary>Makes an API key; one that is there stays as it is if nothing else is wanted of it.</summary>
public sealed record PutApiKey(string KeyId, IReadOnlyList<string> Roles, DateTimeOffset ExpiresAt) : AccountCommand;

/// <summary>Takes an API key away.</summary>
public sealed record RemoveApiKey(string KeyId) : AccountCommand;

/// <summary>Takes every personal datum out, and gives the e-mail address free.</summary>
public sealed record Erase : AccountCommand;

/// <summary>What a command came to.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AccountVerdict>))]
public enum AccountVerdict
{
    /// <summary>Done, now or before.</summary>
    Done,

    /// <summary>There is no such account.</summary>
    NotFound,

    /// <summary>The address has an account, registered under another key.</summary>
    EmailTaken,

    /// <summary>Too many wrong passwords; see <see cref="Account.LockedUntil"/>.</summary>
    Locked,

    /// <summary>There is no such session.</summary>
    NoSession,

    /// <summary>The ticket is not good, or no longer.</summary>
    BadTicket,

    /// <summary>The book holds <see cref="Account.MostAddresses"/>.</summary>
    BookFull,

    /// <summary>There are <see cref="Account.MostApiKeys"/>.</summary>
    TooManyKeys,

    /// <summary>There is a key of that name with other roles or another end.</summary>
    KeyDiffers,
}

/// <summary>What happened to an account, for the world.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AccountNews>))]
public enum AccountNews
{
    /// <summary>Somebody registered.</summary>
    Registered,

    /// <summary>Too many wrong passwords.</summary>
    LockedOut,

    /// <summary>Every session was ended.</summary>
    SignedOutEverywhere,

    /// <summary>The password is another.</summary>
    PasswordChanged,

    /// <summary>The roles are others.</summary>
    RolesChanged,

    /// <summary>The person came into another customer group.</summary>
    CustomerGroupChanged,

    /// <summary>A mail has to go out with a ticket that verifies the address.</summary>
    VerificationRequested,

    /// <summary>A mail has to go out with a ticket for a new password.</summary>
    PasswordResetRequested,

    /// <summary>The person reads mail at the address.</summary>
    EmailVerified,

    /// <summary>The personal data are gone.</summary>
    Erased,
}

/// <summary>A decision: the next account (null when nothing changed), what the caller hears, what the world hears.</summary>
public sealed record AccountDecision(AccountVerdict Verdict, Account? Account, bool Changed = false, AccountNews? News = null)
{
    /// <summary>A ticket that has to be sent.</summary>
    public IssuedTicket? Sent { get; init; }
}
