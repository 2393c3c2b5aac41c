using System.Globalization;
using System.Text;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using NexusCart.Sidecar.Bindings;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Components.Bindings;

/// <summary><c>bindings.smtp</c>: sends mail; the data of a call is its HTML.</summary>
/// <remarks>
/// Settings: <c>host</c>, <c>port</c>, <c>user</c> and <c>password</c> (both or neither), <c>skipTLSVerify</c>, and what a call may set
/// too: <c>emailFrom</c>, <c>emailTo</c>, <c>emailCC</c>, <c>emailBCC</c> (several addresses with semicolons between), <c>subject</c>,
/// <c>priority</c> (1 to 5, 3). The connection is encrypted from the start on port 465, else as soon as the server offers it.
/// </remarks>
internal sealed class SmtpBinding(ComponentSpec spec) : IOutputBinding
{
    private const int ImplicitTlsPort = 465;
    private const int NormalPriority = 3;

    private string _host = "";
    private int _port;

    /// <inheritdoc/>
    public IReadOnlyList<string> Capabilities => ["OUTPUT_BINDING"];

    /// <inheritdoc/>
    public IReadOnlyList<string> Operations => ["create"];

    /// <inheritdoc/>
    public Task InitAsync(CancellationToken cancellation)
    {
        _host = spec.Required("host");
        spec.Required("port");
        _port = spec.Number("port", otherwise: 0, minimum: 1, maximum: ushort.MaxValue);
        if (spec.Find("user") is null != spec.Find("password") is null)
            throw ComponentSettings.Invalid(spec, "user", "and password belong together");
        _ = PriorityOf(spec.Find("priority"));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<BindingResponse?> InvokeAsync(BindingRequest request, CancellationToken cancellation)
    {
        using var mail = MailOf(request);
        using var client = new SmtpClient();
        if (spec.Flag("skipTLSVerify"))
#pragma warning disable CA5359 // The setting asks for it.
            client.ServerCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        var security = _port == ImplicitTlsPort ? SecureSocketOptions.SslOnConnect : SecureSocketOptions.StartTlsWhenAvailable;
        await client.ConnectAsync(_host, _port, security, cancellation);
        if (spec.Find("user") is { } user && spec.Find("password") is { } password)
            await client.AuthenticateAsync(user, password, cancellation);
        await client.SendAsync(mail, cancellation);
        await client.DisconnectAsync(quit: true, cancellation);
        return null;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private MimeMessage MailOf(BindingRequest request)
    {
        string? Setting(string name) => request.Metadata.TryGetValue(name, out var given) && given.Length > 0 ? given : spec.Find(name);
        string Needed(string name) => Setting(name) ?? throw new ArgumentException($"smtp binding error: {name} property not supplied in configuration- or request-metadata");
        var mail = new MimeMessage();
        mail.From.Add(MailboxAddress.Parse(Needed("emailFrom")));
        mail.To.AddRange(Addresses(Needed("emailTo")));
        mail.Cc.AddRange(Addresses(Setting("emailCC")));
        mail.Bcc.AddRange(Addresses(Setting("emailBCC")));
        mail.Subject = Needed("subject");
        mail.XPriority = PriorityOf(Setting("priority"));
        mail.Body = new TextPart("html") { Text = Encoding.UTF8.GetString(BindingData.Unquote(request.Data).Span) };
        return mail;
    }

    private static IEnumerable<InternetAddress> Addresses(string? list) =>
        (list ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(MailboxAddress.Parse);

    private static XMessagePriority PriorityOf(string? text)
    {
        var priority = NormalPriority;
        if (text is not null && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out priority) || priority is < 1 or > 5))
            throw new ArgumentException($"smtp binding error: priority must be from 1 to 5, not '{text}'");
        return (XMessagePriority)priority;
    }
}
