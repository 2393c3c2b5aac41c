using System.Text.Json;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.EndToEnd.Attacks;

/// <summary>What is somebody else's: it answers as if it were not there, and stays as it is.</summary>
[Collection(EmbeddedShop.Name)]
public sealed class OwnershipAttackTests(EmbeddedShop shop) : ShopTests(shop)
{
    private const int Patience = 30;

    [Fact]
    public async Task Somebody_elses_order_is_not_there()
    {
        var (owner, order) = await BuyAsync();
        var id = order.GetProperty("orderId").GetString()!;
        var before = (await owner.OrderAsync(id)).Body;
        foreach (var thief in await ThievesAsync())
        {
            await RefusedAsync(thief, HttpMethod.Get, $"/v1/orders/{id}");
            await RefusedAsync(thief, HttpMethod.Get, $"/v1/orders/{id}/documents/invoice");
            await RefusedAsync(thief, HttpMethod.Post, $"/v1/orders/{id}/cancel", new { reason = "mine now" });
            await RefusedAsync(thief, HttpMethod.Post, $"/v1/orders/{id}/returns", new { lines = Lines(order), reason = "mine now" });
            foreach (var (email, claimToken) in new[] { ("buyer@example.com", ""), ("thief@example.com", ""), ("buyer@example.com", "guess"), ("buyer@example.com", ForgedTokens.Service) })
                await RefusedAsync(thief, HttpMethod.Post, $"/v1/orders/{id}/claim", new { email, claimToken });
            foreach (var query in new[] { "", $"?text={id}", "?pageSize=100", $"?customer_id={owner.Subject}", $"?customerId={owner.Subject}" })
                Assert.DoesNotContain(id, (await thief.SendAsync(HttpMethod.Get, $"/v1/orders{query}")).Body, StringComparison.Ordinal);
        }

        // Neither does an id that only differs a little from his own lead anywhere.
        Assert.Equal(404, (await owner.OrderAsync(id[..^1] + (id[^1] == '0' ? '1' : '0'))).Status);
        Assert.Equal(before, (await owner.OrderAsync(id)).Body);
    }

    [Fact]
    public async Task Somebody_elses_cart_is_not_there()
    {
        var sku = await Fixture.ProductAsync(units: 9);
        var owner = await Shopper.GuestAsync(Fixture.Shop);
        var cart = await owner.CartAsync(sku);
        var before = (await owner.SendAsync(HttpMethod.Get, $"/v1/carts/{cart}")).Body;
        foreach (var thief in await ThievesAsync())
        {
            var own = await thief.CartAsync(sku);
            await RefusedAsync(thief, HttpMethod.Get, $"/v1/carts/{cart}");
            await RefusedAsync(thief, HttpMethod.Get, $"/v1/carts/{cart}?detail=CART_DETAIL_LIVE&country=DE");
            await RefusedAsync(thief, HttpMethod.Post, $"/v1/carts/{cart}/lines", new { sku, quantity = 1 });
            await RefusedAsync(thief, HttpMethod.Put, $"/v1/carts/{cart}/lines/{sku}", new { quantity = 5 });
            await RefusedAsync(thief, HttpMethod.Delete, $"/v1/carts/{cart}/lines/{sku}");
            await RefusedAsync(thief, HttpMethod.Post, $"/v1/carts/{cart}/coupons", new { code = "MINE" });
            await RefusedAsync(thief, HttpMethod.Delete, $"/v1/carts/{cart}/coupons/MINE");
            await RefusedAsync(thief, HttpMethod.Post, $"/v1/carts/{cart}/notices:acknowledge", new { noticeIds = new[] { "n" } });
            await RefusedAsync(thief, HttpMethod.Post, "/v1/carts:merge", new { guestCartId = cart, guestToken = ForgedTokens.Good, cartId = own });
            await RefusedAsync(thief, HttpMethod.Post, "/v1/checkout/quote", new { cartId = cart, country = "DE" });
            await RefusedAsync(thief, HttpMethod.Post, "/v1/checkout", Shopper.CheckoutBody(cart));
            // The path says which cart it is, whatever else is sent.
            await thief.SendAsync(HttpMethod.Post, $"/v1/carts/{own}/lines?cart_id={cart}", new { sku, quantity = 3, cartId = cart });
            await thief.SendAsync(HttpMethod.Put, $"/v1/carts/{own}/lines/{sku}", new { quantity = 4, cart_id = cart });
        }

        Assert.Equal(before, (await owner.SendAsync(HttpMethod.Get, $"/v1/carts/{cart}")).Body);
        Assert.Equal(9, await Fixture.AvailableAsync(sku));
    }

    [Fact]
    public async Task Somebody_elses_claim_is_not_there()
    {
        var sku = await Fixture.ProductAsync(units: 5);
        var staff = await Shopper.StaffAsync(Fixture.Shop, "promotions.write");
        var now = DateTimeOffset.UtcNow;
        var terms = new { saleId = $"attack-{sku}", sku, units = 5, unitPrice = new { minorUnits = "100", currency = "EUR" }, startsAt = now, endsAt = now.AddHours(1) };
        Assert.Equal(200, (await staff.SendAsync(HttpMethod.Post, "/v1/flash-sales", new { terms })).Status);
        await EventuallyAsync("the sale is live", Patience, async () =>
            (await staff.SendAsync(HttpMethod.Post, $"/v1/flash-sales/{terms.saleId}/schedule", new { })).Json.GetProperty("status").GetString() == "FLASH_SALE_STATUS_LIVE");
        var owner = await Shopper.GuestAsync(Fixture.Shop);
        var claim = "";
        await EventuallyAsync("a claim", Patience, async () =>
        {
            var answer = (await owner.ClaimAsync(terms.saleId, Guid.CreateVersion7().ToString())).Json;
            claim = answer.GetProperty("claimed").GetBoolean() ? answer.GetProperty("claim").GetProperty("claimId").GetString()! : "";
            return claim.Length > 0;
        });
        foreach (var thief in await ThievesAsync())
        {
            await RefusedAsync(thief, HttpMethod.Get, $"/v1/flash-sale-claims/{claim}");
            await RefusedAsync(thief, HttpMethod.Post, $"/v1/flash-sale-claims/{claim}/give-up", new { });
            await RefusedAsync(thief, HttpMethod.Post, "/v1/checkout", Shopper.ClaimCheckoutBody(claim, "pm_card_visa"));
            await RefusedAsync(thief, HttpMethod.Post, "/v1/checkout/quote", new { claimId = claim, country = "DE" });
        }

        Assert.Equal("FLASH_SALE_CLAIM_STATUS_OPEN", (await owner.SendAsync(HttpMethod.Get, $"/v1/flash-sale-claims/{claim}")).Json.GetProperty("status").GetString());
        Assert.Equal(200, (await staff.SendAsync(HttpMethod.Post, $"/v1/flash-sales/{terms.saleId}/end", new { })).Status);
        Assert.Equal(200, (await owner.SendAsync(HttpMethod.Post, $"/v1/flash-sale-claims/{claim}/give-up", new { })).Status);
    }

    [Fact]
    public async Task Sessions_addresses_keys_and_cards_are_their_owners()
    {
        using var browser = new SignInBrowser(Fixture.Shop);
        var owner = await browser.ArriveAsync("owner@example.com");
        var thief = await browser.ArriveAsync("thief@example.com");
        Assert.Equal(200, (await owner.SendAsync(HttpMethod.Put, "/v1/users/me/addresses/home", new { address = Address("1 Own Street") })).Status);
        Assert.Equal(200, (await owner.SendAsync(HttpMethod.Put, "/v1/users/me/api-keys/erp", new { expiresAt = DateTimeOffset.UtcNow.AddDays(1) })).Status);
        var card = (await owner.SendAsync(HttpMethod.Post, "/v1/payment-methods", new { token = "pm_card_visa" })).Json.GetProperty("methodId").GetString()!;
        var session = (await owner.SendAsync(HttpMethod.Get, "/v1/users/me/sessions")).Json.GetProperty("sessions")[0].GetProperty("sessionId").GetString()!;
        var before = await HoldingsAsync(owner);

        // The same names are other things for somebody else, and what is not his is not there.
        Assert.Equal(200, (await thief.SendAsync(HttpMethod.Put, "/v1/users/me/addresses/home", new { address = Address("2 Thief Street") })).Status);
        await thief.SendAsync(HttpMethod.Delete, "/v1/users/me/addresses/home");
        await thief.SendAsync(HttpMethod.Delete, "/v1/users/me/api-keys/erp");
        await thief.SendAsync(HttpMethod.Delete, $"/v1/users/me/sessions/{session}");
        await thief.SendAsync(HttpMethod.Delete, $"/v1/payment-methods/{card}");
        foreach (var path in new[] { "", "/sessions", "/addresses", "/export" }.Select(part => $"/v1/users/{owner.Subject}{part}").Append($"/v1/users/me/addresses?user_id={owner.Subject}"))
            Assert.DoesNotContain("Own Street", (await thief.SendAsync(HttpMethod.Get, path)).Body, StringComparison.Ordinal);
        Assert.DoesNotContain(card, (await thief.SendAsync(HttpMethod.Get, "/v1/payment-methods")).Body, StringComparison.Ordinal);
        var sku = await Fixture.ProductAsync(units: 1);
        var stolen = await thief.CheckoutAsync(await thief.CartAsync(sku), "stolen", card, wait: 20);
        Assert.True(stolen.Status >= 400 || stolen.Json.GetProperty("status").GetString() == "ORDER_STATUS_CANCELLED", stolen.ToString());

        Assert.Equal(before, await HoldingsAsync(owner));
        Assert.Equal(403, (await owner.SendAsync(HttpMethod.Put, $"/v1/users/{owner.Subject}/roles", new { roles = new[] { "orders.read" } })).Status);
        await RefusedAsync(owner, HttpMethod.Put, "/v1/users/me/api-keys/more", new { roles = new[] { "orders.read" }, expiresAt = DateTimeOffset.UtcNow.AddDays(1) });
    }

    private static async Task<string> HoldingsAsync(Shopper owner)
    {
        var parts = new List<string>();
        foreach (var path in new[] { "/v1/users/me/addresses", "/v1/users/me/api-keys", "/v1/users/me/sessions", "/v1/payment-methods", "/v1/users/me" })
        {
            var answer = await owner.SendAsync(HttpMethod.Get, path);
            Assert.True(answer.Status == 200, $"{path}: {answer}");
            parts.Add(answer.Body);
        }

        return string.Join(Environment.NewLine, parts);
    }

    private async Task<(Shopper Owner, JsonElement Order)> BuyAsync()
    {
        var sku = await Fixture.ProductAsync(units: 1);
        var owner = await Shopper.GuestAsync(Fixture.Shop);
        var placed = (await owner.CheckoutAsync(await owner.CartAsync(sku), "key", wait: 20)).Json;
        var order = await owner.WaitForAsync(placed.GetProperty("orderId").GetString()!, Patience, "ORDER_STATUS_PAID");
        await EventuallyAsync("its shipment is planned", Patience, async () =>
            (await owner.OrderAsync(order.GetProperty("orderId").GetString()!)).Json.GetProperty("shipments").GetArrayLength() > 0);
        return (owner, order);
    }

    private async Task<IReadOnlyList<Shopper>> ThievesAsync() =>
    [
        await Shopper.GuestAsync(Fixture.Shop),
        new Shopper(Fixture.Shop, await Fixture.Shop.Client.GetTokenAsync("thief", [], CancellationToken.None)),
        // Staff of another department are no more than customers here.
        await Shopper.StaffAsync(Fixture.Shop, "catalog.write", "inventory.write", "promotions.write", "payments.read"),
    ];

    private static async Task RefusedAsync(Shopper thief, HttpMethod method, string path, object? body = null)
    {
        var answer = await thief.SendAsync(method, path, body);
        Assert.True(answer.Status is 400 or 403 or 404 && answer.ContentType == "application/problem+json", $"{method} {path}: {answer}");
    }

    private static object[] Lines(JsonElement order) =>
        [.. order.GetProperty("lines").EnumerateArray().Select(line => (object)new { sku = line.GetProperty("sku").GetString(), quantity = 1 })];

    private static object Address(string line1) => new { fullName = "Somebody", line1, postalCode = "20457", city = "Hamburg", country = "DE" };
}
