using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dapr.Client;
using NexusCart.Notifications.Domain;
using NexusCart.Platform;

namespace NexusCart.Notifications.Mail;

/// <summary>
/// Hands mails to the output binding <c>mail</c>. Dapr's <c>bindings.smtp</c> takes the HTML alone and writes the message itself; any
/// other binding is given the whole message with both forms (RFC 5322), under a file name: a file that mail programs open.
/// </summary>
public sealed class MailOutlet(DaprClient dapr, NotificationsOptions options, TimeProvider time)
{
    private const string Smtp = "bindings.smtp";
    private const string Operation = "create";
    private const int LineLength = 76;

    /// <summary>Below the time that a handler has.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(7);

    private string? _type;

    /// <summary>Sends; when this returns, the binding has the mail.</summary>
    /// <param name="id">The event's id: names the message and its file.</param>
    /// <param name="to">Where to.</param>
    /// <param name="mail">The mail.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Dapr.DaprException">The binding did not take it.</exception>
    /// <exception cref="TimeoutException">No answer in time; the mail may or may not have gone out.</exception>
    public async Task SendAsync(string id, string to, MailText mail, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(mail);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Deadline);
        try
        {
            _type ??= await TypeAsync(limit.Token);
            var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)).AsSpan(0, 16));
            var request = new BindingRequest(Components.Mail, Operation)
            {
                Data = Encoding.UTF8.GetBytes(_type == Smtp ? mail.Html : Message(name, to, mail)),
            };
            request.Metadata["emailFrom"] = options.MailFrom;
            request.Metadata["emailTo"] = to;
            request.Metadata["subject"] = mail.Subject;
            request.Metadata["fileName"] = name + ".eml";
            await dapr.InvokeBindingAsync(request, limit.Token);
        }
        catch (Exception) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The binding '{Components.Mail}' took longer than {Deadline.TotalSeconds} s.");
        }
    }

    private async Task<string> TypeAsync(CancellationToken cancellationToken)
    {
        var metadata = await dapr.GetMetadataAsync(cancellationToken);
        return metadata.Components.FirstOrDefault(component => component.Name == Components.Mail)?.Type
            ?? throw new InvalidOperationException($"The profile has no component '{Components.Mail}'.");
    }

    private string Message(string name, string to, MailText mail)
    {
        var boundary = "=_" + name;
        var message = new StringBuilder();
        void Line(string text) => message.Append(text).Append("\r\n");
        Line("From: " + options.MailFrom);
        Line("To: " + to);
        Line("Subject: " + Words(mail.Subject));
        Line("Date: " + time.GetUtcNow().ToString("ddd, dd MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture));
        Line($"Message-ID: <{name}@nexuscart>");
        Line("MIME-Version: 1.0");
        Line($"Content-Type: multipart/alternative; boundary=\"{boundary}\"");
        Line("");
        foreach (var (type, text) in new[] { ("plain", mail.Text), ("html", mail.Html) })
        {
            Line("--" + boundary);
            Line($"Content-Type: text/{type}; charset=utf-8");
            Line("Content-Transfer-Encoding: base64");
            Line("");
            foreach (var line in Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).Chunk(LineLength))
                Line(new string(line));
        }

        Line($"--{boundary}--");
        return message.ToString();
    }

    /// <summary>As it is where it is ASCII; else as encoded words (RFC 2047) of at most 75 characters.</summary>
    private static string Words(string text)
    {
        if (text.All(char.IsAscii))
            return text;
        // 11 characters have at most 44 bytes, which are 60 in Base64.
        return string.Join("\r\n ", text.EnumerateRunes().Chunk(11).Select(runes =>
            $"=?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Concat(runes.Select(rune => rune.ToString()))))}?="));
    }
}
