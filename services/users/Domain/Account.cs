using System.Text.Json.Serialization;

namespace NexusCart.Users.Domain;

/// <summary>Whether an account may be used.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AccountStatus>))]
public enum AccountStatus
{
    /// <summary>It may sign in.</summary>
    Active,

    /// <summary>Its person's data are gone; the id stays so that it is never given again.</summary>
    Erased,
}

/// <summary>A device somebody signed in on: one grant and the family of its refresh tokens.</summary>
/// <param name="Id">The grant's id.</param>
/// <param name="ClientId">The application.</param>
/// <param name="StartedAt">When the person gave the password.</param>
/// <param name="RefreshedAt">When tokens were last issued.</param>
/// <param name="ExpiresAt">When the session ends unless it is refreshed.</param>
public sealed record Session(
    string Id, string ClientId, DateTimeOffset StartedAt, DateTimeOffset RefreshedAt, DateTimeOffset ExpiresAt);

/// <summary>A postal address in a person's address book.</summary>
/// <param name="Id">The person's own name for it: "home".</param>
/// <param name="FullName">Who lives there.</param>
/// <param name="Line1">Street and number.</param>
/// <param name="Line2">More of it; may be empty.</param>
/// <param name="PostalCode">Postal code.</param>
/// <param name="City">City.</param>
/// <param name="Region">State or province; may be empty.</param>
/// <param name="Country">ISO 3166-1 alpha-2, upper case.</param>
public sealed record AddressEntry(
    string Id, string FullName, string Line1, string Line2, string PostalCode, string City, string Region, string Country);

/// <summary>A key by which a program acts for a person. Its secret is derived when it is needed, and kept nowhere.</summary>
/// <param name="Id">The person's own name for it: "erp".</param>
/// <param name="Roles">What it may do, as far as the person may.</param>
/// <param name="CreatedAt">When it was made; a key made anew under an old name has another secret.</param>
/// <param name="ExpiresAt">When it is out of date.</param>
public sealed record ApiKey(string Id, IReadOnlyList<string> Roles, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt);

/// <summary>What a ticket is good for.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TicketPurpose>))]
public enum TicketPurpose
{
    /// <summary>Shows that the person reads mail at the address.</summary>
    EmailVerification,

    /// <summary>Sets a new password without the old one.</summary>
    PasswordReset,
}

/// <summary>Something sent by mail that is good once.</summary>
/// <param name="Purpose">What for.</param>
/// <param name="Hash">The digest of its secret.</param>
/// <param name="IssuedAt">When it was sent.</param>
/// <param name="ExpiresAt">When it is out of date.</param>
public sealed record Ticket(TicketPurpose Purpose, string Hash, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt);

/// <summary>A person's account. Immutable: <see cref="AccountMachine"/> makes the next one.</summary>
/// <param name="Id">The `sub` of its tokens.</param>
/// <param name="Email">As it was given, trimmed.</param>
/// <param name="DisplayName">1 to 100 characters.</param>
/// <param name="PasswordHash">Salted and slow; never leaves the service.</param>
/// <param name="RegistrationKey">The idempotency key it was registered under.</param>
/// <param name="CreatedAt">When it was registered.</param>
public sealed record Account(
    string Id, string Email, string DisplayName, string PasswordHash, string RegistrationKey, DateTimeOffset CreatedAt)
{
    /// <summary>The role of everybody who registered.</summary>
    public const string CustomerRole = "customer";

    /// <summary>Sessions kept at most; a further one ends the one that was refreshed longest ago.</summary>
    public const int MostSessions = 20;

    /// <summary>Whether it may be used.</summary>
    public AccountStatus Status { get; init; } = AccountStatus.Active;

    /// <summary>Whether the person has shown to read mail at <see cref="Email"/>.</summary>
    public bool EmailVerified { get; init; }

    /// <summary>What the person may do besides being a customer.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [CustomerRole];

    /// <summary>Whose prices and promotions count for the person; empty for everybody's.</summary>
    public string CustomerGroup { get; init; } = "";

    /// <summary>Passwords given wrong in a row, those being checked at the moment included.</summary>
    public int FailedAttempts { get; init; }

    /// <summary>No password is looked at before.</summary>
    public DateTimeOffset? LockedUntil { get; init; }

    /// <summary>Where the person is signed in. A refresh token whose session is not here is worth nothing.</summary>
    public IReadOnlyList<Session> Sessions { get; init; } = [];

    /// <summary>Addresses at most.</summary>
    public const int MostAddresses = 50;

    /// <summary>The address book.</summary>
    public IReadOnlyList<AddressEntry> Addresses { get; init; } = [];

    /// <summary>What was sent by mail and not used yet, one a purpose.</summary>
    public IReadOnlyList<Ticket> Tickets { get; init; } = [];

    /// <summary>API keys at most.</summary>
    public const int MostApiKeys = 20;

    /// <summary>Keys by which programs act for the person.</summary>
    public IReadOnlyList<ApiKey> ApiKeys { get; init; } = [];

    /// <summary>Counts the changes; part of the ids of events.</summary>
    public long Version { get; init; } = 1;

    /// <summary>Whether a session is alive.</summary>
    public bool HasSession(string sessionId, DateTimeOffset now) =>
        Status is AccountStatus.Active && Sessions.Any(session => session.Id == sessionId && session.ExpiresAt > now);
}
