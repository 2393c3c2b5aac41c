using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.EndToEnd.Attacks;

/// <summary>Fields that are the shop's to fill, sent by a client: they are refused or without effect, on every mutation of a customer's.</summary>
[Collection(EmbeddedShop.Name)]
public sealed class MassAssignmentAttackTests(EmbeddedShop shop) : ShopTests(shop)
{
    private const long Price = 1_999;

    /// <summary>Everything a client might wish to say of an order, a cart or himself.</summary>
    private static readonly (string Name, string Json)[] Wishes =
    [
        ("customerId", "\"victim\""), ("customer_id", "\"victim\""), ("userId", "\"victim\""), ("owner", "\"victim\""), ("orderId", "\"0-00-0\""),
        ("price", "1"), ("unitPrice", """{"minorUnits":"1","currency":"EUR"}"""), ("total", """{"minorUnits":"1","currency":"EUR"}"""),
        ("discount", """{"minorUnits":"9999","currency":"EUR"}"""), ("discounts", """[{"promotionId":"p","amount":{"minorUnits":"9999","currency":"EUR"}}]"""),
        ("shipping", """{"price":{"minorUnits":"0","currency":"EUR"}}"""), ("taxes", "[]"), ("status", "\"ORDER_STATUS_PAID\""), ("paymentState", "\"PAYMENT_STATE_PAID\""),
        ("lines", """[{"sku":"X","quantity":1,"unitPrice":{"minorUnits":"1","currency":"EUR"}}]"""),
        ("roles", """["orders.read","users.write"]"""), ("emailVerified", "true"), ("customerGroup", "\"wholesale\""), ("version", "\"99\""), ("createdAt", "\"2000-01-01T00:00:00Z\""),
    ];

    [Fact]
    public async Task A_checkout_costs_what_the_shop_says_and_is_the_callers()
    {
        var sku = await Fixture.ProductAsync(units: 40, price: Price);
        await Attacker.EachAsync(Wishes, async wish =>
        {
            var buyer = await Shopper.GuestAsync(Fixture.Shop);
            var opened = await PostAsync(buyer, HttpMethod.Post, "/v1/carts", new JsonObject { ["currency"] = "EUR" }, wish);
            var made = opened.Status == 200 ? opened : await buyer.SendAsync(HttpMethod.Post, "/v1/carts", new { currency = "EUR" });
            var cart = made.Json.GetProperty("cartId").GetString()!;
            var added = await PostAsync(buyer, HttpMethod.Post, $"/v1/carts/{cart}/lines", new JsonObject { ["sku"] = sku, ["quantity"] = 1 }, wish);
            if (added.Status != 200)
                await buyer.SendAsync(HttpMethod.Post, $"/v1/carts/{cart}/lines", new { sku, quantity = 1 });
            var body = JsonSerializer.SerializeToNode(Shopper.CheckoutBody(cart))!.AsObject();
            var bought = await PostAsync(buyer, HttpMethod.Post, "/v1/checkout", body, wish, prefer: "wait=20");
            if (opened.Status is not (200 or 400) || added.Status is not (200 or 400) || bought.Status is not (200 or 202 or 400))
                return $"{wish.Name}: {opened.Status}, {added.Status}, {bought}";

            var order = bought.Status < 300 ? bought.Json : (await buyer.CheckoutAsync(cart, "plain", wait: 20)).Json;
            var isOwn = (await buyer.OrderAsync(order.GetProperty("orderId").GetString()!)).Status == 200;
            var (subtotal, total) = (Minor(order, "subtotal"), Minor(order, "total"));
            // 4.90 euro of shipping.
            return subtotal == Price && total == Price + 490 && isOwn ? null : $"{wish.Name}: {order}";
        });
    }

    [Fact]
    public async Task A_registration_makes_a_customer_and_nothing_more()
    {
        using var browser = new SignInBrowser(Fixture.Shop);
        foreach (var (name, json) in Wishes)
        {
            var body = new JsonObject { ["email"] = $"wish-{name}@example.com", ["password"] = SignInBrowser.Password, ["displayName"] = "Jane Doe", [name] = JsonNode.Parse(json) };
            var (status, profile) = await browser.RegisterAsync(body.ToJsonString());
            Assert.True(status is HttpStatusCode.OK or HttpStatusCode.BadRequest, $"{name}: {status} {profile}");
            if (status is HttpStatusCode.BadRequest)
                continue;
            Assert.NotEqual("victim", profile.GetProperty("userId").GetString());
            Assert.False(profile.GetProperty("emailVerified").GetBoolean());
            Assert.Empty(profile.GetProperty("customerGroup").GetString()!);
            Assert.DoesNotContain(profile.GetProperty("roles").EnumerateArray(), role => role.GetString() is "orders.read" or "users.write");
        }
    }

    /// <summary>Every mutation of a customer's takes no other field than the contract's, of which none is an owner or an amount.</summary>
    [Fact]
    public void No_request_of_a_customers_has_a_field_for_money_owners_or_roles()
    {
        string[] forbidden =
        [
            "customer_id", "user_id", "owner", "owner_id", "price", "unit_price", "total", "subtotal", "discount", "discounts", "amount", "tax", "taxes",
            "status", "customer_group", "payment_state", "email_verified",
        ];
        // Roles of an API key are among the caller's own; users judges that.
        var open = AccessTable.Rpcs.Where(rpc => rpc.IsPublic && AccessTable.Of(rpc) is AccessTable.Anybody or AccessTable.Customer && rpc.Verb != "GET");
        var fields = open.SelectMany(rpc => rpc.Method.InputType.Fields.InDeclarationOrder(), (rpc, field) => $"{rpc}: {field.Name}").ToList();
        Assert.NotEmpty(fields);
        // For services only, see below.
        Assert.DoesNotContain(fields.Except(["Catalog.GetProducts: customer_group"]), field => forbidden.Contains(field.Split(": ")[1]));
    }

    [Fact]
    public async Task Nobody_asks_for_the_prices_of_another_group_or_time()
    {
        var sku = await Fixture.ProductAsync(units: 1);
        var buyer = await Shopper.GuestAsync(Fixture.Shop);
        foreach (var body in new object[] { new { skus = new[] { sku }, customerGroup = "wholesale" }, new { skus = new[] { sku }, at = "2020-01-01T00:00:00Z" } })
            Assert.Equal(403, (await buyer.SendAsync(HttpMethod.Post, "/v1/products:batchGet", body)).Status);
    }

    private static Task<ShopAnswer> PostAsync(Shopper buyer, HttpMethod method, string path, JsonObject body, (string Name, string Json) wish, string? prefer = null)
    {
        if (!body.ContainsKey(wish.Name))
            body[wish.Name] = JsonNode.Parse(wish.Json);
        return buyer.SendRawAsync(method, path, Shopper.Text(body.ToJsonString(), "application/json"), Guid.CreateVersion7().ToString(), prefer);
    }

    private static long Minor(JsonElement order, string field) =>
        long.Parse(order.GetProperty(field).GetProperty("minorUnits").GetString()!, System.Globalization.CultureInfo.InvariantCulture);
}
