using Grpc.Core;

namespace NexusCart.Tests.EndToEnd.Attacks;

/// <summary>Who may call what, tried on every RPC of the contract in both of its forms, and on what is none of the world's business.</summary>
[Collection(EmbeddedShop.Name)]
public sealed class AccessAttackTests(EmbeddedShop shop) : ShopTests(shop)
{
    [Fact]
    public void Every_public_RPC_is_in_the_table_and_nothing_else() => Assert.Equal(
        AccessTable.Rpcs.Where(rpc => rpc.IsPublic).Select(rpc => rpc.Name), AccessTable.Names.Order(StringComparer.Ordinal));

    [Fact]
    public async Task Without_a_token_there_is_what_everybody_may_see()
    {
        using var attacker = new Attacker(Fixture.Shop);
        await Attacker.EachAsync(AccessTable.Rpcs.Where(rpc => rpc.IsPublic), async rpc =>
        {
            var (http, grpc) = ((await attacker.SendAsync(rpc.Verb, rpc.Path("x"))).Status, await attacker.CallAsync(rpc));
            var isOpen = AccessTable.Of(rpc) == AccessTable.Anybody;
            return http == 401 == isOpen || grpc == StatusCode.Unauthenticated == isOpen ? $"{rpc}: {http}, {grpc}" : null;
        });
    }

    /// <summary>With every role but the one; with that one it opens, so the role is spelled right.</summary>
    [Fact]
    public async Task Each_role_opens_its_own_and_all_the_others_together_do_not()
    {
        using var attacker = new Attacker(Fixture.Shop);
        var guest = await attacker.TokenAsync(subject: null);
        var alone = new Dictionary<string, string>();
        var others = new Dictionary<string, string>();
        foreach (var role in AccessTable.Roles)
        {
            alone[role] = await attacker.TokenAsync("insider", role);
            others[role] = await attacker.TokenAsync("insider", [.. AccessTable.Roles.Where(other => other != role), "admin", role.ToUpperInvariant(), role + "s"]);
        }

        await Attacker.EachAsync(AccessTable.Rpcs.Where(rpc => rpc.IsPublic && AccessTable.Roles.Contains(AccessTable.Of(rpc))), async rpc =>
        {
            var role = AccessTable.Of(rpc);
            foreach (var token in new[] { guest, others[role] })
            {
                var (http, grpc) = ((await attacker.SendAsync(rpc.Verb, rpc.Path("x"), token)).Status, await attacker.CallAsync(rpc, token));
                if (http != 403 || grpc != StatusCode.PermissionDenied)
                    return $"{rpc} without {role}: {http}, {grpc}";
            }

            var open = await attacker.SendAsync(rpc.Verb, rpc.Path("x"), alone[role]);
            return open.Status is 401 or 403 or >= 500 ? $"{rpc} with {role}: {Attacker.Show(open)}" : null;
        });
    }

    /// <summary>Reserve, capture, redeem …: not for the world, whatever it shows.</summary>
    [Fact]
    public async Task What_services_say_to_each_other_is_not_there()
    {
        using var attacker = new Attacker(Fixture.Shop);
        var insider = await attacker.TokenAsync("insider", AccessTable.Roles);
        var hidden = AccessTable.Rpcs.Where(rpc => !rpc.IsPublic).ToList();
        Assert.Contains(hidden, rpc => rpc.Name == "Payments.Capture");
        await Attacker.EachAsync(hidden, async rpc =>
        {
            var status = await attacker.CallAsync(rpc, insider, ("nexus-service-token", ForgedTokens.Service), ("dapr-app-id", "payments"));
            var plain = await attacker.SendAsync("POST", $"/{rpc.Method.Service.FullName}/{rpc.Method.Name}", insider, "{}", ("nexus-service-token", ForgedTokens.Service));
            return status is StatusCode.Unimplemented or StatusCode.NotFound && plain.Status is 404 or 405 ? null : $"{rpc}: {status}, {Attacker.Show(plain)}";
        });
    }

    [Theory]
    [InlineData("/dapr/subscribe")]
    [InlineData("/dapr/config")]
    [InlineData("/actors/OrderActor/0/method/ReadPageAsync")]
    [InlineData("/actors/OrderActor/0")]
    [InlineData("/actors/OrderActor/0/method/remind/publish-pending")]
    [InlineData("/job/reconcile-payments")]
    [InlineData("/events/orders")]
    [InlineData("/v1.0/metadata")]
    [InlineData("/v1.0/state/statestore/x")]
    [InlineData("/v1.0/invoke/orders/method/actors/OrderActor/0")]
    [InlineData("/v1.0/secrets/secretstore/token-signing-key")]
    [InlineData("/v1.0/publish/pubsub/orders")]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    [InlineData("/metrics")]
    [InlineData("//dapr/subscribe")]
    [InlineData("/./dapr/subscribe")]
    [InlineData("/v1/../dapr/subscribe")]
    [InlineData("/v1/products/../../dapr/subscribe")]
    [InlineData("/v1/products/..%2f..%2fdapr%2fsubscribe")]
    [InlineData("/v1/products/%2e%2e/%2e%2e/dapr/subscribe")]
    [InlineData("/v1/products/%2e%2e%2f%2e%2e%2factors%2fOrderActor%2f0")]
    [InlineData("/v1/products/..%5c..%5cdapr%5csubscribe")]
    [InlineData("/v1/orders/..;/..;/dapr/subscribe")]
    [InlineData("/v1/products/x%00/../../../dapr/subscribe")]
    [InlineData("/DAPR/SUBSCRIBE")]
    public async Task No_way_leads_inside(string path)
    {
        using var attacker = new Attacker(Fixture.Shop);
        var insider = await attacker.TokenAsync("insider", AccessTable.Roles);
        foreach (var verb in new[] { "GET", "POST", "PUT", "DELETE", "TRACE" })
        {
            var answer = await attacker.SendAsync(
                verb, path, insider, """{"id":"1"}""",
                ("dapr-app-id", "orders"), ("dapr-api-token", "x"), ("nexus-service-token", ForgedTokens.Service), ("x-http-method-override", "PUT"), ("x-original-url", "/dapr/subscribe"));
            Assert.True(answer.Status is 400 or 401 or 404 or 405, $"{verb} {path}: {Attacker.Show(answer)}");
        }
    }

    /// <summary>Headers in the shop's own name neither lead a request elsewhere nor make somebody of its sender.</summary>
    [Fact]
    public async Task Headers_do_not_speak_for_the_shop()
    {
        using var attacker = new Attacker(Fixture.Shop);
        var guest = await attacker.TokenAsync(subject: null);
        (string, string)[] lies =
        [
            ("dapr-app-id", "inventory"), ("dapr-caller-app-id", "orders"), ("nexus-service-token", ForgedTokens.Service), ("x-user-id", "staff"),
            ("x-forwarded-user", "staff"), ("x-roles", "orders.read"), ("x-original-url", "/v1/staff/orders"), ("x-http-method-override", "GET"),
        ];
        Assert.Equal(403, (await attacker.SendAsync("GET", "/v1/staff/orders", guest, null, lies)).Status);
        Assert.Equal(401, (await attacker.SendAsync("GET", "/v1/orders", null, null, lies)).Status);
        Assert.Equal(200, (await attacker.SendAsync("GET", "/v1/products?pageSize=1", null, null, lies)).Status);
        Assert.Equal(404, (await attacker.SendAsync("GET", "/v1/orders/0-00-0197f3d5c2b47c1e9a3b5d7f9a1b3c5d", guest, null, lies)).Status);
    }
}
