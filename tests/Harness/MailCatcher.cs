using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NexusCart.Tests.Harness;

/// <summary>A mail server on the loopback that keeps what it is sent.</summary>
public sealed class MailCatcher : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<string> _mails = new();
    private readonly Task _serving;

    /// <summary>Starts it on a free port.</summary>
    public MailCatcher()
    {
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The mails so far: headers and body as they came.</summary>
    public IReadOnlyList<string> Mails => [.. _mails];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _serving;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var connection = await _listener.AcceptTcpClientAsync();
                _ = Task.Run(() => TakeAsync(connection));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It was disposed of.
        }
    }

    private async Task TakeAsync(TcpClient connection)
    {
        try
        {
            using var client = connection;
            using var reader = new StreamReader(client.GetStream());
            await using var writer = new StreamWriter(client.GetStream()) { AutoFlush = true, NewLine = "\r\n" };
            await writer.WriteLineAsync("220 catcher");
            while (await reader.ReadLineAsync() is { } line)
            {
                switch (line.Split(' ')[0].ToUpperInvariant())
                {
                    case "DATA":
                        await writer.WriteLineAsync("354 go on");
                        var mail = new StringBuilder();
                        while (await reader.ReadLineAsync() is { } text && text != ".")
                            mail.AppendLine(text);
                        _mails.Enqueue(mail.ToString());
                        await writer.WriteLineAsync("250 taken");
                        break;
                    case "QUIT":
                        await writer.WriteLineAsync("221 bye");
                        return;
                    default:
                        await writer.WriteLineAsync("250 ok");
                        break;
                }
            }
        }
        catch (IOException)
        {
            // The client went without a word.
        }
    }
}
