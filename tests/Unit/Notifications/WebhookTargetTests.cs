using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Dapr.Actors.Client;
using NexusCart.Notifications.Webhooks;
using NSubstitute;

namespace NexusCart.Tests.Unit.Notifications;

/// <summary>Webhooks do not reach inside.</summary>
public class WebhookTargetTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.8.8.8")]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("169.254.169.254")]
    [InlineData("100.64.0.1")]
    [InlineData("198.18.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("fd00::1")]
    [InlineData("fe80::1")]
    [InlineData("ff02::1")]
    public void Special_addresses_are_not_public(string address) => Assert.False(PublicAddress.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("172.32.0.1")]
    [InlineData("192.167.0.1")]
    [InlineData("2606:4700::1111")]
    [InlineData("::ffff:1.1.1.1")]
    public void Others_are(string address) => Assert.True(PublicAddress.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("https://hooks.example.com/shop", true)]
    [InlineData("https://1.1.1.1/", true)]
    [InlineData("http://hooks.example.com/", false)]
    [InlineData("https://127.0.0.1/", false)]
    [InlineData("https://2130706433/", false)]
    [InlineData("https://0x7f.1/", false)]
    [InlineData("https://[::1]/", false)]
    [InlineData("https://[::ffff:10.0.0.1]/", false)]
    [InlineData("https://localhost/", false)]
    [InlineData("https://metadata.google.internal/", false)]
    [InlineData("https://printer.local/", false)]
    [InlineData("https://user:password@hooks.example.com/", false)]
    [InlineData("https://hooks.example.com/#part", false)]
    [InlineData("ftp://hooks.example.com/", false)]
    [InlineData("/relative", false)]
    [InlineData("", false)]
    public void A_target_is_judged_by_its_text(string url, bool isFine) => Assert.Equal(isFine, PublicAddress.Refusal(url, publicOnly: true) is null);

    [Fact]
    public void In_development_the_own_machine_will_do()
    {
        Assert.Null(PublicAddress.Refusal("http://127.0.0.1:9000/hook", publicOnly: false));
        Assert.NotNull(PublicAddress.Refusal("file:///etc/passwd", publicOnly: false));
    }

    [Theory]
    [InlineData("http://localhost")]
    [InlineData("http://127.0.0.1")]
    [InlineData("http://[::1]")]
    public async Task A_name_that_leads_inside_is_not_connected_to(string host)
    {
        using var listener = new HttpListenerOnFreePort();
        using var guarded = new WebhookClient(publicOnly: true);
        var attempt = new WebhookAttempt("e", $"{host}:{listener.Port}/", ["whsec_AAAA"], "d", "{}");
        var result = await Sender(guarded).AttemptAsync(attempt);
        Assert.Equal((0, "the host is not a public one"), (result.StatusCode, result.Error));
        Assert.Equal(0, listener.Connections);
    }

    [Fact]
    public async Task A_redirect_is_not_followed_and_counts_as_a_failure()
    {
        using var listener = new HttpListenerOnFreePort("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
        using var open = new WebhookClient(publicOnly: false);
        var result = await Sender(open).AttemptAsync(new WebhookAttempt("e", $"http://127.0.0.1:{listener.Port}/hook", ["whsec_AAAA"], "d-1", "{}"));
        Assert.Equal((302, false), (result.StatusCode, result.IsSuccess));
        Assert.Contains("webhook-id: d-1", listener.LastRequest);
        Assert.Contains("webhook-signature: v1,", listener.LastRequest);
    }

    private static WebhookSender Sender(WebhookClient client) =>
        new(client, Substitute.For<IActorProxyFactory>(), TimeProvider.System, NullLogger<WebhookSender>.Instance);

    /// <summary>Counts connections and answers each with the same bytes.</summary>
    private sealed class HttpListenerOnFreePort : IDisposable
    {
        private readonly System.Net.Sockets.TcpListener _listener = new(IPAddress.Loopback, 0);
        private int _connections;

        public HttpListenerOnFreePort(string answer = "HTTP/1.1 204 No Content\r\n\r\n")
        {
            _listener.Start();
            _ = ServeAsync(answer);
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public int Connections => _connections;

        public string LastRequest { get; private set; } = "";

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync(string answer)
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync();
                Interlocked.Increment(ref _connections);
                var buffer = new byte[4096];
                var read = await client.GetStream().ReadAsync(buffer);
                LastRequest = System.Text.Encoding.ASCII.GetString(buffer, 0, read);
                await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer));
            }
        }
    }
}
