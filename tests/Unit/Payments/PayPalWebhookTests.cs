using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Flows;
using NexusCart.Payments.Webhooks;

namespace NexusCart.Tests.Unit.Payments;

/// <summary>The endpoint that PayPal posts to; the certificate is served beside it, as the sandbox does.</summary>
public sealed class PayPalWebhookTests : IAsyncLifetime
{
    private const string WebhookId = "WH-NEW";
    private const string OldWebhookId = "WH-OLD";
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly MemoryBook _book;
    private readonly RSA _key = RSA.Create(2_048);
    private readonly X509Certificate2 _certificate;
    private WebApplication _app = null!;
    private HttpClient _http = null!;

    public PayPalWebhookTests()
    {
        _book = new MemoryBook(_time);
        _certificate = new CertificateRequest("CN=test", _key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(_time.GetUtcNow().AddDays(-1), _time.GetUtcNow().AddDays(30));
    }

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<TimeProvider>(_time);
        builder.Services.AddSingleton<IPaymentBook>(_book);
        builder.Services.AddSingleton<WebhookIntake>();
        builder.Services.AddSingleton(provider => new PayPalSignature(new HttpClient(), new Uri(AddressOf(provider)), [WebhookId, OldWebhookId]));
        builder.Services.AddAuthorization();
        _app = builder.Build();
        _app.MapPayPalWebhooks();
        _app.MapGet("/cert", () => Results.Text(_certificate.ExportCertificatePem()));
        await _app.StartAsync();
        _http = new HttpClient { BaseAddress = new Uri(AddressOf(_app.Services)) };
        await _book.ExecuteAsync("order-1", new BeginAuthorize(1_000, "EUR", "paypal", "c", ""), default);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
        _certificate.Dispose();
        _key.Dispose();
    }

    [Theory]
    [InlineData(WebhookId)]
    [InlineData(OldWebhookId)]
    public async Task A_signed_event_goes_into_the_inbox(string webhookId)
    {
        Assert.Equal(HttpStatusCode.NoContent, await PostAsync(Approved(), webhookId: webhookId));
        Assert.Equal(new InboxItem("WH-EVENT-1", "paypal", "CHECKOUT.ORDER.APPROVED", "order-1", null), Assert.Single(_book.Inbox));
    }

    [Fact]
    public async Task A_capture_that_names_only_its_order_is_found_by_it()
    {
        var body = Event("PAYMENT.CAPTURE.COMPLETED", """{"id":"CAP1","status":"COMPLETED","supplementary_data":{"related_ids":{"order_id":"ORD1"}}}""");
        Assert.Equal(HttpStatusCode.NoContent, await PostAsync(body));
        Assert.Equal(((string?)null, "ORD1"), (_book.Inbox[0].PaymentId, _book.Inbox[0].Reference));
    }

    [Fact]
    public async Task A_dispute_is_recorded()
    {
        await _book.ExecuteAsync("order-1", new Observe(new(ProviderStatus.Captured, "ORD1") { Captured = 1_000, Amount = 1_000, Currency = "EUR" }), default);
        const string Dispute = """
            {"dispute_id":"PP-D-1","reason":"MERCHANDISE_OR_SERVICE_NOT_RECEIVED","dispute_amount":{"currency_code":"EUR","value":"10.00"},"disputed_transactions":[{"invoice_number":"order-1"}]
            """;
        Assert.Equal(HttpStatusCode.NoContent, await PostAsync(Event("CUSTOMER.DISPUTE.CREATED", Dispute + "}", "e1")));
        Assert.Equal(HttpStatusCode.NoContent, await PostAsync(
            Event("CUSTOMER.DISPUTE.RESOLVED", Dispute + ""","dispute_outcome":{"outcome_code":"RESOLVED_SELLER_FAVOUR"}}""", "e2")));
        Assert.Equal([DisputeStatus.Open, DisputeStatus.Won], _book.Disputes.Select(dispute => dispute.Status));
    }

    [Fact]
    public async Task What_is_not_PayPals_is_refused_and_nothing_stored()
    {
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(Approved(), webhookId: "WH-STRANGER"));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(Approved(), signedBody: Approved() + " "));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(Approved(), change: request => request.Headers.Remove("PAYPAL-TRANSMISSION-SIG")));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(Approved(), change: request => Replace(request, "PAYPAL-TRANSMISSION-SIG", "rubbish!")));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(Approved(), change: request => Replace(request, "PAYPAL-AUTH-ALGO", "none")));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(Approved(), sent: _time.GetUtcNow() - PayPalSignature.MostAge - TimeSpan.FromMinutes(1)));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(Approved(), sent: _time.GetUtcNow() + TimeSpan.FromHours(1)));
        Assert.Empty(_book.Inbox);
    }

    [Theory]
    [InlineData("https://evil.example/cert")]
    [InlineData("https://api.paypal.com.evil.example/cert")]
    [InlineData("https://user@api.paypal.com/cert")]
    [InlineData("http://api.paypal.com/cert")]
    [InlineData("https://api.paypal.com:8443/cert")]
    [InlineData("http://127.0.0.1:1/cert")]
    [InlineData("file:///etc/hosts")]
    public async Task A_certificate_from_elsewhere_is_not_even_fetched(string url) =>
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(Approved(), change: request => Replace(request, "PAYPAL-CERT-URL", url)));

    [Fact]
    public async Task A_certificate_that_cannot_be_fetched_has_it_sent_again() =>
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await PostAsync(
            Approved(), change: request => Replace(request, "PAYPAL-CERT-URL", _http.BaseAddress + "nothing")));

    [Fact]
    public async Task A_certificate_past_its_time_is_not_good()
    {
        _time.Advance(TimeSpan.FromDays(31));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(Approved()));
    }

    [Theory]
    [InlineData("CUSTOMER.MERCHANT-INTEGRATION.CAPABILITY-UPDATED")]
    [InlineData("PAYMENT.PAYOUTSBATCH.SUCCESS")]
    public async Task Types_we_do_not_act_on_are_taken(string type)
    {
        Assert.Equal(HttpStatusCode.NoContent, await PostAsync(Event(type, """{"id":"x","custom_id":"order-1","invoice_id":"order-1"}""")));
        Assert.Empty(_book.Inbox);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("rubbish")]
    [InlineData("null")]
    public async Task What_cannot_be_read_is_a_400(string body) => Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(body));

    [Fact]
    public void The_checksum_is_zlibs() => Assert.Equal(0xCBF43926, Crc32.Of("123456789"u8));

    private static string Approved() => Event("CHECKOUT.ORDER.APPROVED", """{"id":"ORD1","status":"APPROVED","purchase_units":[{"custom_id":"order-1","invoice_id":"order-1"}]}""");

    private static string Event(string type, string resource, string id = "WH-EVENT-1") =>
        $$"""{"id":"{{id}}","event_version":"1.0","event_type":"{{type}}","resource_version":"2.0","resource":{{resource}}}""";

    private static void Replace(HttpRequestMessage request, string name, string value)
    {
        request.Headers.Remove(name);
        request.Headers.TryAddWithoutValidation(name, value);
    }

    private static string AddressOf(IServiceProvider services) =>
        services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    private async Task<HttpStatusCode> PostAsync(
        string body, string webhookId = WebhookId, string? signedBody = null, DateTimeOffset? sent = null, Action<HttpRequestMessage>? change = null)
    {
        var id = Guid.NewGuid().ToString();
        var time = (sent ?? _time.GetUtcNow()).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        var signed = Encoding.UTF8.GetBytes($"{id}|{time}|{webhookId}|{Crc32.Of(Encoding.UTF8.GetBytes(signedBody ?? body))}");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/webhooks/paypal") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("PAYPAL-TRANSMISSION-ID", id);
        request.Headers.Add("PAYPAL-TRANSMISSION-TIME", time);
        request.Headers.Add("PAYPAL-TRANSMISSION-SIG", Convert.ToBase64String(_key.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)));
        request.Headers.Add("PAYPAL-CERT-URL", _http.BaseAddress + "cert");
        request.Headers.Add("PAYPAL-AUTH-ALGO", "SHA256withRSA");
        change?.Invoke(request);
        using var response = await _http.SendAsync(request);
        if ((int)response.StatusCode >= 400)
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        return response.StatusCode;
    }
}
