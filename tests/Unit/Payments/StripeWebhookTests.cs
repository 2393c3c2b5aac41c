using System.Net;
using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Payments.Actors;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Flows;
using NexusCart.Payments.Webhooks;
using NexusCart.Platform.Actors;
using NexusCart.Sandbox;
using NexusCart.Sandbox.Webhooks;

namespace NexusCart.Tests.Unit.Payments;

/// <summary>The endpoint that Stripe posts to.</summary>
public sealed class StripeWebhookTests : IAsyncLifetime
{
    private const string Secret = "whsec_new";
    private const string OldSecret = "whsec_old";
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly MemoryBook _book;
    private readonly FailingBook _failing;
    private WebApplication _app = null!;
    private HttpClient _http = null!;

    public StripeWebhookTests()
    {
        _book = new MemoryBook(_time);
        _failing = new FailingBook(_book);
    }

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<TimeProvider>(_time);
        builder.Services.AddSingleton<IPaymentBook>(_failing);
        builder.Services.AddSingleton(new StripeSignature([Secret, OldSecret]));
        builder.Services.AddSingleton<WebhookIntake>();
        builder.Services.AddAuthorization();
        _app = builder.Build();
        _app.MapStripeWebhooks();
        await _app.StartAsync();
        _http = new HttpClient { BaseAddress = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };
        await _book.ExecuteAsync("order-1", new BeginAuthorize(1_000, "EUR", "pm_card_visa", "c", ""), default);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Theory]
    [InlineData(Secret)]
    [InlineData(OldSecret)]
    public async Task A_signed_event_is_applied(string secret)
    {
        Assert.Equal(HttpStatusCode.NoContent, await PostAsync(Held(), secret));
        Assert.Equal((PaymentStatus.Authorized, "pi_1"), (_book.Payments["order-1"].Status, _book.Payments["order-1"].ProviderReference));
    }

    [Fact]
    public async Task The_same_event_again_changes_nothing()
    {
        await PostAsync(Held(), Secret);
        var once = _book.Payments["order-1"];
        Assert.Equal(HttpStatusCode.NoContent, await PostAsync(Held(), Secret));
        Assert.Same(once, _book.Payments["order-1"]);
        Assert.Single(_book.News);
    }

    [Fact]
    public async Task A_wrong_missing_or_old_signature_is_refused_and_nothing_changes()
    {
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(Held(), "whsec_stranger"));
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(Held(), null));
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(Held(), "t=abc,v1=00"));
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(Held(), "rubbish"));
        var signature = Sign(Held(), Secret);
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(Held().Replace("1000", "9000", StringComparison.Ordinal), signature));
        _time.Advance(StripeSignature.Tolerance + TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(Held(), signature));
        Assert.Equal(PaymentStatus.Pending, _book.Payments["order-1"].Status);
    }

    [Fact]
    public async Task One_good_signature_among_several_is_enough() =>
        Assert.Equal(HttpStatusCode.NoContent, await SendAsync(
            Held(), WebhookSignature.Header(Encoding.UTF8.GetBytes(Held()), ["whsec_stranger", Secret], _time.GetUtcNow())));

    [Theory]
    [InlineData("customer.created")]
    [InlineData("payment_intent.created")]
    [InlineData("charge.refunded")]
    public async Task Types_we_do_not_act_on_are_taken(string type)
    {
        Assert.Equal(HttpStatusCode.NoContent, await PostAsync(Event("evt_1", type, Intent("requires_capture", "order-1")), Secret));
        Assert.Equal(PaymentStatus.Pending, _book.Payments["order-1"].Status);
    }

    [Theory]
    [InlineData("somebody-elses")]
    [InlineData("no id at all!")]
    public async Task Payments_we_do_not_know_are_taken(string paymentId) =>
        Assert.Equal(HttpStatusCode.NoContent, await PostAsync(Event("evt_1", "payment_intent.succeeded", Intent("succeeded", paymentId)), Secret));

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("rubbish")]
    [InlineData("""{"object":"event","id":"evt_1","type":"payment_intent.succeeded","api_version":"2020-08-27","data":{"object":{}}}""")]
    public async Task What_cannot_be_read_is_a_400(string body) => Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(body, Secret));

    [Fact]
    public async Task A_huge_body_is_refused() =>
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await PostAsync(new string('x', WebhookIntake.MaxBytes + 1), Secret));

    [Fact]
    public async Task What_was_not_recorded_is_to_be_sent_again()
    {
        _failing.Broken = true;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await PostAsync(Held(), Secret));
        _failing.Broken = false;
        Assert.Equal(HttpStatusCode.NoContent, await PostAsync(Held(), Secret));
        Assert.Equal(PaymentStatus.Authorized, _book.Payments["order-1"].Status);
    }

    private static string Held() => Event("evt_1", "payment_intent.amount_capturable_updated", Intent("requires_capture", "order-1"));

    private static string Intent(string status, string paymentId) =>
        $$$"""{"id":"pi_1","object":"payment_intent","amount":1000,"amount_received":0,"currency":"eur","status":"{{{status}}}","metadata":{"payment_id":"{{{paymentId}}}"}}""";

    private static string Event(string id, string type, string subject) =>
        $$$"""{"id":"{{{id}}}","object":"event","api_version":"{{{SandboxOptions.ApiVersion}}}","created":1795000000,"type":"{{{type}}}","livemode":false,"pending_webhooks":1,"data":{"object":{{{subject}}}}}""";

    private string Sign(string body, string secret) => WebhookSignature.Header(Encoding.UTF8.GetBytes(body), [secret], _time.GetUtcNow());

    private Task<HttpStatusCode> PostAsync(string body, string secret) => SendAsync(body, Sign(body, secret));

    private async Task<HttpStatusCode> SendAsync(string body, string? signature)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/webhooks/stripe") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (signature is not null)
            request.Headers.TryAddWithoutValidation("Stripe-Signature", signature);
        using var response = await _http.SendAsync(request);
        if ((int)response.StatusCode >= 400)
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        return response.StatusCode;
    }

    private sealed class FailingBook(IPaymentBook book) : IPaymentBook
    {
        public bool Broken { get; set; }

        public int ShardCount => book.ShardCount;

        public Task<ShardPage<Payment>> ReadDayAsync(int shard, DateTimeOffset day, string token, int limit, CancellationToken cancellationToken) =>
            book.ReadDayAsync(shard, day, token, limit, cancellationToken);

        public Task<PaymentAnswer> ExecuteAsync(string paymentId, PaymentCommand command, CancellationToken cancellationToken) => Broken
            ? throw new RpcException(new Status(StatusCode.Unavailable, "away"))
            : book.ExecuteAsync(paymentId, command, cancellationToken);
    }
}
