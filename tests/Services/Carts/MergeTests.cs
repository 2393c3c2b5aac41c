namespace NexusCart.Tests.Services.Carts;

/// <summary>A guest's cart merges once, and only for who can prove that it is his.</summary>
public sealed class MergeTests(CartsFixture carts) : IClassFixture<CartsFixture>
{
    [Fact]
    public async Task What_a_guest_has_in_his_cart_is_in_his_own_after_signing_in_however_often_he_says_so()
    {
        var guest = await carts.CartAsync("guest-1", ("A", 2), ("B", 9_000));
        var own = await carts.CartAsync("anna", ("B", 2_000), ("C", 1));
        Assert.Equal(200, (await carts.SendAsync(HttpMethod.Post, $"/v1/carts/{guest}/coupons", "guest-1", new { code = "save10" })).Status);
        var body = new { guestCartId = guest, guestToken = CartsFixture.TokenOf("guest-1"), cartId = own };
        for (var repeated = 0; repeated < 2; repeated++)
        {
            var merged = await carts.SendAsync(HttpMethod.Post, "/v1/carts:merge", "anna", body, key: "merge-1");
            Assert.True(merged.Status == 200, merged.Text);
            Assert.Equal([("B", 10_000), ("C", 1), ("A", 2)], merged.Lines);
            Assert.Contains("SAVE10", merged.Text);
        }

        // What did not fit is named until he says that he has seen it.
        var left = Assert.Single((await carts.SendAsync(HttpMethod.Get, $"/v1/carts/{own}", "anna")).Notices);
        Assert.Equal(("CART_NOTICE_KIND_LEFT_OUT", "B", 1_000), (
            left.GetProperty("kind").GetString(), left.GetProperty("sku").GetString(), left.GetProperty("quantity").GetInt32()));
        var seen = await carts.SendAsync(
            HttpMethod.Post, $"/v1/carts/{own}/notices:acknowledge", "anna", new { noticeIds = new[] { left.GetProperty("noticeId").GetString() } });
        Assert.True(seen.Status == 200, seen.Text);
        Assert.Empty(seen.Notices);
        Assert.Equal([("B", 10_000), ("C", 1), ("A", 2)], seen.Lines);

        // With another key it is known all the same; the guest's cart has ended.
        Assert.Equal([("B", 10_000), ("C", 1), ("A", 2)], (await carts.SendAsync(HttpMethod.Post, "/v1/carts:merge", "anna", body)).Lines);
        Assert.Equal(404, (await carts.SendAsync(HttpMethod.Get, $"/v1/carts/{guest}", "guest-1")).Status);
        Assert.Equal(404, (await carts.SendAsync(HttpMethod.Post, $"/v1/carts/{guest}/lines", "guest-1", new { sku = "A", quantity = 1 })).Status);
        Assert.Equal(404, (await carts.SendAsync(HttpMethod.Post, "/v1/carts:merge", "anna", body with { cartId = await carts.CartAsync("anna") })).Status);

        var other = await carts.CartAsync("guest-1", ("A", 1));
        Assert.Equal(409, (await carts.SendAsync(HttpMethod.Post, "/v1/carts:merge", "anna", body with { guestCartId = other }, key: "merge-1")).Status);
        Assert.Equal([("A", 1)], (await carts.SendAsync(HttpMethod.Get, $"/v1/carts/{other}", "guest-1")).Lines);
    }

    [Fact]
    public async Task Twenty_at_once_are_one()
    {
        var guest = await carts.CartAsync("guest-2", ("A", 3));
        var own = await carts.CartAsync("bob", ("A", 1));
        var body = new { guestCartId = guest, guestToken = CartsFixture.TokenOf("guest-2"), cartId = own };
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => carts.SendAsync(HttpMethod.Post, "/v1/carts:merge", "bob", body, key: $"at-once-{i % 3}")));
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Equal([("A", 4)], (await carts.SendAsync(HttpMethod.Get, $"/v1/carts/{own}", "bob")).Lines);
    }

    [Fact]
    public async Task Who_has_no_cart_gets_one()
    {
        var guest = await carts.CartAsync("guest-3", ("A", 3));
        var body = new { guestCartId = guest, guestToken = CartsFixture.TokenOf("guest-3") };
        var first = await carts.SendAsync(HttpMethod.Post, "/v1/carts:merge", "carla", body, key: "new-cart");
        var again = await carts.SendAsync(HttpMethod.Post, "/v1/carts:merge", "carla", body, key: "new-cart");
        Assert.Equal([("A", 3)], first.Lines);
        Assert.Equal(first.Text, again.Text);
    }

    [Fact]
    public async Task Nobody_takes_what_he_cannot_prove_is_his_or_puts_it_where_it_is_not()
    {
        var guest = await carts.CartAsync("guest-4", ("A", 1));
        var victims = await carts.CartAsync("victim", ("B", 1));
        var own = await carts.CartAsync("eve");
        var token = CartsFixture.TokenOf("guest-4");
        async Task<Answer> TryAsync(string cart, string proof, string into, string subject = "eve") =>
            await carts.SendAsync(HttpMethod.Post, "/v1/carts:merge", subject, new { guestCartId = cart, guestToken = proof, cartId = into });

        Assert.Equal(404, (await TryAsync(guest, CartsFixture.TokenOf("guest-5"), own)).Status);
        Assert.Equal(404, (await TryAsync(guest, token, victims)).Status);
        Assert.Equal(404, (await TryAsync(victims, token, own)).Status);
        Assert.Equal(400, (await TryAsync(victims, CartsFixture.TokenOf("victim"), own)).Status);
        Assert.Equal(400, (await TryAsync(guest, "", own)).Status);
        var forged = token[..^4] + (token[^4] == 'A' ? "B" : "A") + token[^3..];
        Assert.Equal(400, (await TryAsync(guest, forged, own)).Status);
        Assert.Equal(403, (await TryAsync(guest, token, own, "guest-4")).Status);
        Assert.Equal(400, (await TryAsync(guest, token, guest)).Status);

        Assert.Equal([("A", 1)], (await carts.SendAsync(HttpMethod.Get, $"/v1/carts/{guest}", "guest-4")).Lines);
        Assert.Equal([("B", 1)], (await carts.SendAsync(HttpMethod.Get, $"/v1/carts/{victims}", "victim")).Lines);
        Assert.DoesNotContain(token, carts.Output);
    }
}
