using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Tokens;
using NexusCart.Catalog.V1;
using NexusCart.Platform.Security;

namespace NexusCart.Tests.Unit.Platform;

/// <summary>Which tokens open which doors.</summary>
public sealed class TokenTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private PlatformHost _host = null!;

    public async ValueTask InitializeAsync() =>
        _host = await PlatformHost.StartAsync(builder => builder.Services.AddSingleton<TimeProvider>(_time));

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_good_token_gives_its_subject_again_and_again()
    {
        var token = _host.Keys.User("customer-7");
        for (var i = 0; i < 3; i++) Assert.Contains("customer-7", await (await ListAsync(token)).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task No_token_is_401_by_http_and_by_grpc()
    {
        var answer = await ListAsync(null);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().Scheme);
        Assert.Contains("A bearer token is needed.", await answer.Content.ReadAsStringAsync());
        var fault = await Assert.ThrowsAnyAsync<RpcException>(async () => await _host.Client.ListProductsAsync(new ListProductsRequest()));
        Assert.Equal((StatusCode.Unauthenticated, "A bearer token is needed."), (fault.StatusCode, fault.Status.Detail));
    }

    [Fact]
    public async Task A_token_is_refused_once_it_has_expired_also_when_it_was_good_before()
    {
        var token = _host.Keys.User("a", expires: _time.GetUtcNow().AddMinutes(1));
        Assert.Equal(HttpStatusCode.OK, (await ListAsync(token)).StatusCode);
        _time.Advance(TimeSpan.FromMinutes(2));
        var answer = await ListAsync(token);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("The token has expired.", await answer.Content.ReadAsStringAsync());
    }

    public static TheoryData<string> Forgeries =>
        ["audience", "issuer", "none", "hmac-with-public-key", "other-key", "tampered-claims", "tampered-signature", "service", "garbage", "long", "not-an-access-token"];

    [Theory]
    [MemberData(nameof(Forgeries))]
    public async Task A_forged_token_is_refused(string forgery)
    {
        var good = _host.Keys.User("a");
        var parts = good.Split('.');
        var token = forgery switch
        {
            "audience" => _host.Keys.User("a", audience: "elsewhere"),
            "issuer" => _host.Keys.User("a", issuer: "somebody"),
            "none" => $"{Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""")}.{parts[1]}.",
            "hmac-with-public-key" => _host.Keys.User("a", credentials: new SigningCredentials(
                new SymmetricSecurityKey(Encoding.UTF8.GetBytes(_host.Keys.Jwks)) { KeyId = "k1" }, SecurityAlgorithms.HmacSha256)),
            "other-key" => new TestKeys().User("a"),
            "tampered-claims" => $"{parts[0]}.{Base64UrlEncoder.Encode(Base64UrlEncoder.Decode(parts[1]).Replace("\"a\"", "\"b\""))}.{parts[2]}",
            "tampered-signature" => $"{parts[0]}.{parts[1]}.{(parts[2][0] == 'A' ? 'B' : 'A')}{parts[2][1..]}",
            "service" => TestKeys.Service(),
            "long" => new string('a', 10_000),
            "not-an-access-token" => _host.Keys.User("a", type: "JWT"),
            _ => "not.a.token",
        };
        Assert.Equal(HttpStatusCode.OK, (await ListAsync(good)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await ListAsync(token)).StatusCode);
    }

    [Fact]
    public async Task Without_the_keys_it_is_unknown_whether_a_token_is_good()
    {
        _host.Publisher!.Down = true;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await ListAsync(_host.Keys.User("a"))).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await ListAsync("garbage")).StatusCode);
        _host.Publisher.Down = false;
        Assert.Equal(HttpStatusCode.OK, (await ListAsync(_host.Keys.User("a"))).StatusCode);
        _host.Publisher.Down = true;
        Assert.Equal(HttpStatusCode.OK, (await ListAsync(_host.Keys.User("b"))).StatusCode);
    }

    [Fact]
    public async Task The_development_issuers_tokens_are_good_in_development_only()
    {
        var developers = new TestKeys();
        var secrets = developers.Secrets;
        await using var development = await PlatformHost.StartAsync(environment: "Development", secrets: secrets);
        await using var production = await PlatformHost.StartAsync(secrets: secrets);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(development));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(production));

        async Task<HttpStatusCode> StatusAsync(PlatformHost host)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/products");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", developers.User("a"));
            return (await host.Http.SendAsync(request)).StatusCode;
        }
    }

    [Fact]
    public async Task A_role_opens_what_asks_for_it()
    {
        Assert.Equal(HttpStatusCode.Forbidden, (await UpsertAsync(_host.Keys.User("a"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await UpsertAsync(_host.Keys.User("a", ["guest", "catalog.write"]))).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await UpsertAsync(null)).StatusCode);
    }

    [Fact]
    public async Task Internal_calls_take_a_service_token_and_no_other()
    {
        await CategoriesAsync(new Metadata { { Tokens.ServiceHeader, TestKeys.Service() } });

        Metadata[] wrong =
        [
            [],
            new Metadata { { "authorization", "Bearer " + TestKeys.Service() } },
            new Metadata { { "authorization", "Bearer " + _host.Keys.User("a", ["admin"]) } },
            new Metadata { { Tokens.ServiceHeader, _host.Keys.User("a") } },
            new Metadata { { Tokens.ServiceHeader, TestKeys.Service(audience: Tokens.UserAudience) } },
            new Metadata { { Tokens.ServiceHeader, TestKeys.Service(key: "another key of more than thirty-two characters") } },
            new Metadata { { "dapr-caller-app-id", "orders" } },
        ];
        foreach (var headers in wrong)
        {
            var fault = await Assert.ThrowsAnyAsync<RpcException>(() => CategoriesAsync(headers));
            Assert.Equal(StatusCode.Unauthenticated, fault.StatusCode);
        }
    }

    [Fact]
    public async Task Services_do_not_start_outside_development_with_a_development_secret()
    {
        var secrets = _host.Keys.Secrets;
        secrets[Tokens.ServiceKeySecret] = "development-only-key-that-everybody-knows";
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => PlatformHost.StartAsync(secrets: secrets));
        Assert.Contains("service-token-key", fault.Message);
        await using var development = await PlatformHost.StartAsync(environment: "Development", secrets: secrets);
    }

    [Fact]
    public async Task Services_do_not_start_without_their_secrets()
    {
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => PlatformHost.StartAsync(secrets: []));
        Assert.Contains("has no secret", fault.Message);
    }

    private async Task CategoriesAsync(Metadata headers) => await _host.Client.ListCategoriesAsync(new ListCategoriesRequest(), headers);

    private Task<HttpResponseMessage> ListAsync(string? token) => SendAsync(HttpMethod.Get, "/v1/products", token);

    private Task<HttpResponseMessage> UpsertAsync(string? token) => SendAsync(HttpMethod.Post, "/v1/products:batchUpsert", token);

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? token)
    {
        using var request = new HttpRequestMessage(method, path);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (method == HttpMethod.Post) request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        return await _host.Http.SendAsync(request);
    }
}
