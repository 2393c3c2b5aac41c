using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;

namespace NexusCart.Tests.Unit.Gateway;

/// <summary>Tokens for developers, and for nobody else.</summary>
public sealed class DevelopmentIssuerTests
{
    [Fact]
    public async Task A_guest_gets_a_token_that_works()
    {
        await using var host = await GatewayHost.StartAsync();
        var answer = await host.SendAsync(HttpMethod.Post, "/dev/tokens");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var token = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(("Bearer", 3600), (token.GetProperty("token_type").GetString(), token.GetProperty("expires_in").GetInt32()));
        var jwt = new JsonWebToken(token.GetProperty("access_token").GetString());
        Assert.Equal(token.GetProperty("subject").GetString(), jwt.Subject);
        Assert.Equal("guest", jwt.GetClaim("roles").Value);
        Assert.Equal(HttpStatusCode.OK, (await host.SendAsync(HttpMethod.Get, "/v1/orders", jwt.EncodedToken)).StatusCode);
    }

    [Fact]
    public async Task Subject_roles_and_lifetime_are_as_asked()
    {
        await using var host = await GatewayHost.StartAsync();
        var answer = await PostAsync(host, """{"subject":"ann","roles":["catalog.write","audit.read"],"ttlSeconds":60,"customerGroup":"trade"}""");
        var token = await answer.Content.ReadFromJsonAsync<JsonElement>();
        var jwt = new JsonWebToken(token.GetProperty("access_token").GetString());
        Assert.Equal("ann", jwt.Subject);
        Assert.Equal(["catalog.write", "audit.read"], jwt.Claims.Where(c => c.Type == "roles").Select(c => c.Value));
        Assert.Equal("trade", jwt.GetClaim("customer_group").Value);
        Assert.Equal(TimeSpan.FromSeconds(60), jwt.ValidTo - jwt.ValidFrom);
    }

    [Theory]
    [InlineData("""{"ttlSeconds":0}""", "ttlSeconds")]
    [InlineData("""{"ttlSeconds":"x"}""", "ttlSeconds")]
    [InlineData("""{"subject":"a b"}""", "subject")]
    [InlineData("""{"roles":["a b"]}""", "roles[0]")]
    [InlineData("""{"customerGroup":""}""", "customerGroup")]
    [InlineData("""{"roles":""", "roles")]
    public async Task Bad_requests_name_their_field(string body, string field)
    {
        await using var host = await GatewayHost.StartAsync();
        var answer = await PostAsync(host, body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains($"\"{field}\"", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Elsewhere_it_does_not_exist()
    {
        await using var host = await GatewayHost.StartAsync(environment: "Production");
        Assert.Equal(HttpStatusCode.NotFound, (await host.SendAsync(HttpMethod.Post, "/dev/tokens")).StatusCode);
    }

    private static Task<HttpResponseMessage> PostAsync(GatewayHost host, string body) =>
        host.SendAsync(HttpMethod.Post, "/dev/tokens", content: new StringContent(body, Encoding.UTF8, "application/json"));
}
