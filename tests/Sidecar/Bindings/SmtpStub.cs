using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NexusCart.Tests.Sidecar.Bindings;

/// <summary>A mail server that takes one mail.</summary>
internal sealed class SmtpStub : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public SmtpStub()
    {
        _listener.Start();
        Mail = TakeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The mail, once it has come.</summary>
    public Task<ReceivedMail> Mail { get; }

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<ReceivedMail> TakeAsync()
    {
        using var connection = await _listener.AcceptTcpClientAsync();
        using var reader = new StreamReader(connection.GetStream());
        await using var writer = new StreamWriter(connection.GetStream()) { AutoFlush = true, NewLine = "\r\n" };
        var recipients = new List<string>();
        var text = new StringBuilder();
        await writer.WriteLineAsync("220 stub");
        while (await reader.ReadLineAsync() is { } line)
        {
            switch (line.Split(' ', ':')[0].ToUpperInvariant())
            {
                case "RCPT":
                    recipients.Add(line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Split(' ')[0]);
                    await writer.WriteLineAsync("250 ok");
                    break;
                case "DATA":
                    await writer.WriteLineAsync("354 go on");
                    while (await reader.ReadLineAsync() is { } part && part != ".")
                        text.AppendLine(part);
                    await writer.WriteLineAsync("250 taken");
                    break;
                case "QUIT":
                    await writer.WriteLineAsync("221 bye");
                    return new ReceivedMail(recipients, text.ToString());
                default:
                    await writer.WriteLineAsync("250 ok");
                    break;
            }
        }

        throw new EndOfStreamException("the client hung up");
    }
}

/// <summary>A mail as it came.</summary>
internal sealed record ReceivedMail(IReadOnlyList<string> Recipients, string Text);
