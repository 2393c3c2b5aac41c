using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using NexusCart.Platform.Actors;
using NexusCart.Users.Domain;

namespace NexusCart.Users.Events;

/// <summary>
/// The payload of events about an account: the account after the change. Topic <c>users</c>, keyed by user id. Types: <c>user.registered.v1</c>, <c>user.email_verified.v1</c>,
/// <c>user.locked_out.v1</c>, <c>user.signed_out_everywhere.v1</c>, <c>user.password_changed.v1</c>, <c>user.roles_changed.v1</c>,
/// <c>user.customer_group_changed.v1</c>, <c>user.erased.v1</c>.
/// </summary>
/// <param name="UserId">The `sub` of the account's tokens.</param>
/// <param name="Email">Where to write to the person; empty once erased.</param>
/// <param name="DisplayName">How to address the person; empty once erased.</param>
/// <param name="Roles">What the person may do.</param>
/// <param name="Version">Rises with each change of the account: ignore what is older than what you know.</param>
/// <param name="At">When it happened.</param>
/// <param name="CustomerGroup">Whose prices and promotions count for the person; empty for everybody's.</param>
public sealed record UserChanged(
    string UserId, string Email, string DisplayName, IReadOnlyList<string> Roles, long Version, DateTimeOffset At, string CustomerGroup = "");

/// <summary>
/// The payload of <c>user.verification_requested.v1</c> and <c>user.password_reset_requested.v1</c>: a mail has to go out. Topic
/// <c>users</c>, keyed by user id. The ticket opens the account: write it into that mail and nowhere else.
/// </summary>
/// <param name="UserId">The account.</param>
/// <param name="Email">Where to.</param>
/// <param name="DisplayName">How to address the person.</param>
/// <param name="Ticket">What the person has to show.</param>
/// <param name="ExpiresAt">When the ticket is out of date.</param>
/// <param name="At">When it was asked for.</param>
public sealed record TicketRequested(
    string UserId, string Email, string DisplayName, string Ticket, DateTimeOffset ExpiresAt, DateTimeOffset At);

/// <summary>Makes the events of accounts.</summary>
public static class UserEvents
{
    /// <summary>The topic of all events about accounts.</summary>
    public const string Topic = "users";

    /// <summary>The event that tells <paramref name="news"/> of an account. Its id is the account's id and version.</summary>
    public static PendingEvent Of(Account account, AccountNews news, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(account);
        var payload = new UserChanged(account.Id, account.Email, account.DisplayName, account.Roles, account.Version, now, account.CustomerGroup);
        return PendingEvent.Create(
            $"{account.Id}:{account.Version}", TypeOf(news), Topic, account.Id, payload, UserEventsJson.Default.UserChanged);
    }

    /// <summary>The event that has a ticket sent.</summary>
    public static PendingEvent Of(Account account, IssuedTicket sent, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(account);
        ArgumentNullException.ThrowIfNull(sent);
        var payload = new TicketRequested(account.Id, account.Email, account.DisplayName, sent.Text, sent.ExpiresAt, now);
        var news = sent.Purpose is TicketPurpose.PasswordReset ? AccountNews.PasswordResetRequested : AccountNews.VerificationRequested;
        return PendingEvent.Create(
            $"{account.Id}:{account.Version}:ticket", TypeOf(news), Topic, account.Id, payload, UserEventsJson.Default.TicketRequested);
    }

    /// <summary>How the payload of <paramref name="news"/> is written.</summary>
    public static JsonTypeInfo PayloadOf(AccountNews news) => news is AccountNews.VerificationRequested or AccountNews.PasswordResetRequested
        ? UserEventsJson.Default.TicketRequested
        : UserEventsJson.Default.UserChanged;

    /// <summary>The CloudEvents type that tells <paramref name="news"/>.</summary>
    public static string TypeOf(AccountNews news) => news switch
    {
        AccountNews.Registered => "user.registered.v1",
        AccountNews.LockedOut => "user.locked_out.v1",
        AccountNews.SignedOutEverywhere => "user.signed_out_everywhere.v1",
        AccountNews.PasswordChanged => "user.password_changed.v1",
        AccountNews.RolesChanged => "user.roles_changed.v1",
        AccountNews.CustomerGroupChanged => "user.customer_group_changed.v1",
        AccountNews.VerificationRequested => "user.verification_requested.v1",
        AccountNews.PasswordResetRequested => "user.password_reset_requested.v1",
        AccountNews.EmailVerified => "user.email_verified.v1",
        AccountNews.Erased => "user.erased.v1",
        _ => throw new ArgumentOutOfRangeException(nameof(news), news, "No such news."),
    };
}

/// <summary>How events about accounts are written.</summary>
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(UserChanged))]
[JsonSerializable(typeof(TicketRequested))]
public sealed partial class UserEventsJson : JsonSerializerContext;
