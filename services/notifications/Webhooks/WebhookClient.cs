using System.Net;
using System.Net.Sockets;

namespace NexusCart.Notifications.Webhooks;

/// <summary>The target of a webhook is inside.</summary>
public sealed class ForbiddenTargetException() : IOException("the host is not a public one");

/// <summary>
/// The HTTP client of webhooks. Staff say where it connects to, so it must not reach what only the inside may: outside Development it
/// connects to public addresses alone. The address is judged when the connection is made, after the name was resolved, and it is that
/// address which is connected to: a name that resolves to something else later gains nothing. It follows no redirect and asks no proxy.
/// </summary>
public sealed class WebhookClient : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <param name="publicOnly">Whether it refuses loopback, private and other special addresses.</param>
    public WebhookClient(bool publicOnly) => Http = new HttpClient(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = ConnectTimeout,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        MaxResponseHeadersLength = 16,
        ConnectCallback = (context, cancellation) => ConnectAsync(context.DnsEndPoint, publicOnly, cancellation),
    })
    {
        Timeout = Timeout,
        DefaultRequestHeaders = { { "user-agent", "NexusCart-Webhooks/1" } },
    };

    /// <summary>The client.</summary>
    public HttpClient Http { get; }

    /// <inheritdoc/>
    public void Dispose() => Http.Dispose();

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint target, bool publicOnly, CancellationToken cancellation)
    {
        var addresses = await Dns.GetHostAddressesAsync(target.Host, cancellation);
        var allowed = publicOnly ? [.. addresses.Where(PublicAddress.IsPublic)] : addresses;
        if (allowed.Length == 0)
            throw new ForbiddenTargetException();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, target.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
