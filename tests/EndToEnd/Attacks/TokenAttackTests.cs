using Grpc.Core;

namespace NexusCart.Tests.EndToEnd.Attacks;

/// <summary>Tokens that are not what they say, at the shop's door.</summary>
[Collection(EmbeddedShop.Name)]
public sealed class TokenAttackTests(EmbeddedShop shop) : ShopTests(shop)
{
    [Fact]
    public async Task A_forged_token_opens_nothing()
    {
        using var attacker = new Attacker(Fixture.Shop);
        var rpc = AccessTable.Rpcs.Single(rpc => rpc.Name == "Orders.SearchOrders");
        Assert.Equal(200, (await attacker.SendAsync(rpc.Verb, rpc.Template, ForgedTokens.Good)).Status);
        Assert.Equal(StatusCode.OK, await attacker.CallAsync(rpc, ForgedTokens.Good));

        await Attacker.EachAsync(ForgedTokens.All, async forged =>
        {
            var answer = await attacker.SendAsync(rpc.Verb, rpc.Template, forged.Token);
            var status = await attacker.CallAsync(rpc, forged.Token);
            return answer is { Status: 401, ContentType: "application/problem+json" } && status is StatusCode.Unauthenticated ? null : $"{forged.What}: {Attacker.Show(answer)}, {status}";
        });
    }

    /// <summary>Good, but nobody's: its bearer is known, and may do nothing.</summary>
    [Fact]
    public async Task A_token_of_nobody_opens_nothing()
    {
        using var attacker = new Attacker(Fixture.Shop);
        foreach (var path in new[] { "/v1/staff/orders", "/v1/orders", "/v1/users/me", "/v1/payment-methods" })
            Assert.Equal(403, (await attacker.SendAsync("GET", path, ForgedTokens.Nobody)).Status);
    }

    [Fact]
    public async Task A_good_token_in_the_wrong_place_opens_nothing()
    {
        using var attacker = new Attacker(Fixture.Shop);
        foreach (var path in new[] { $"/v1/orders?access_token={ForgedTokens.Good}", $"/v1/orders?authorization=Bearer%20{ForgedTokens.Good}" })
            Assert.Equal(401, (await attacker.SendAsync("GET", path)).Status);
        foreach (var (name, value) in new[]
        {
            ("authorization", $"Basic {ForgedTokens.Good}"), ("authorization", ForgedTokens.Good), ("authorization", $"Bearer {ForgedTokens.Good} x"),
            ("cookie", $"access_token={ForgedTokens.Good}"), ("x-authorization", $"Bearer {ForgedTokens.Good}"), ("nexus-service-token", ForgedTokens.Good),
        })
        {
            Assert.Equal(401, (await attacker.SendAsync("GET", "/v1/orders", null, null, (name, value))).Status);
        }
    }
}
