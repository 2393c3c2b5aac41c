using System.Globalization;
using System.Net.Mail;
using NexusCart.Notifications.Actors;
using NexusCart.Notifications.Domain;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Values;

namespace NexusCart.Notifications.Mail;

/// <summary>A mail that an event asks for.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="To">Where to; nothing is sent when it is no address.</param>
/// <param name="Facts">What the template says, by name.</param>
/// <param name="Lines">The order's lines.</param>
public sealed record MailOrder(MailKind Kind, string To, IReadOnlyDictionary<string, string> Facts, IReadOnlyList<MailLine> Lines);

/// <summary>
/// Sends one mail per event id. The mail is claimed, sent and marked as sent; what fails is thrown, and the event comes again. A process
/// that dies between handing over and marking sends a second time, and so does a mail server that takes a mail and loses its answer:
/// SMTP knows no idempotency. Everything else gives one mail.
/// </summary>
public sealed class MailDesk(ShardClient<SentMail, MailCommand, MailAnswer> book, MailOutlet outlet, TemplateShelf templates)
{
    /// <summary>Sends the mail of an event, once.</summary>
    /// <exception cref="InvalidOperationException">Somebody else is sending it: ask again.</exception>
    public async Task SendOnceAsync(string eventId, MailOrder mail, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(mail);
        // Whoever wrote no address wants no mail; one that is none would be refused for ever.
        if (!IsAddress(mail.To))
            return;
        var claim = await book.ExecuteAsync(eventId, new MailCommand(MailStep.Claim, mail.Kind), cancellationToken);
        if (claim.Verdict is MailVerdict.Sent)
            return;
        if (claim.Verdict is MailVerdict.Busy)
            throw new InvalidOperationException("The mail of this event is being sent.");
        try
        {
            await outlet.SendAsync(eventId, mail.To, templates[mail.Kind].Render(mail.Facts, mail.Lines), cancellationToken);
        }
        catch
        {
            await book.ExecuteAsync(eventId, new MailCommand(MailStep.GiveUp, mail.Kind), CancellationToken.None);
            throw;
        }

        // The mail is out: whether the delivery is still waited for does not matter.
        await book.ExecuteAsync(eventId, new MailCommand(MailStep.Mark, mail.Kind), CancellationToken.None);
    }

    /// <summary>An amount as mails say it: "12.99 EUR".</summary>
    public static string Amount(long minorUnits, string currency) => new MoneyAmount(minorUnits, currency).ToString();

    /// <summary>A time as mails say it, in UTC.</summary>
    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static bool IsAddress(string text) =>
        text.Length is > 0 and <= 254 && !text.Any(character => char.IsControl(character) || char.IsWhiteSpace(character) || character is ';' or ',')
        && MailAddress.TryCreate(text, out var parsed) && parsed.Address == text;
}
