using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace NexusCart.Tests.Servers;

/// <summary>A Redis server that writes everything to its append-only file before it answers, or one set by a configuration file.</summary>
/// <param name="configuration">A redis.conf, of which only port and folder are replaced; null for none.</param>
public sealed class RedisServer(string? configuration) : TestServer
{
    private static readonly string? Program = Find("redis-server");

    public RedisServer()
        : this(null)
    {
    }

    /// <summary>Why tests that need it are skipped; null when it is installed.</summary>
    public static string? Missing { get; } = Program is null ? "redis-server is not installed" : null;

    /// <summary>Host and port.</summary>
    public string Host => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>A client that is none of ours, to look at what was written and to write by hand.</summary>
    public Task<ConnectionMultiplexer> OpenClientAsync() => ConnectionMultiplexer.ConnectAsync(Host + ",allowAdmin=true,connectTimeout=60000,asyncTimeout=60000,syncTimeout=60000");

    /// <inheritdoc/>
    protected override IEnumerable<string> Command() =>
    [
        Program!, .. Settings(), "--port", Port.ToString(CultureInfo.InvariantCulture), "--dir", Folder,
    ];

    /// <inheritdoc/>
    protected override async Task<bool> AnswersAsync()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port);
            var stream = client.GetStream();
            await stream.WriteAsync("PING\r\n"u8.ToArray());
            var answer = new byte[5];
            await stream.ReadExactlyAsync(answer);
            // One that wants a password first serves as well; one that is still loading does not.
            return answer.AsSpan().SequenceEqual("+PONG"u8) || answer.AsSpan().SequenceEqual("-NOAU"u8);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return false;
        }
    }

    private string[] Settings() =>
        configuration is null ? ["--bind", "127.0.0.1", "--appendonly", "yes", "--appendfsync", "always", "--save", ""] : [configuration];
}
