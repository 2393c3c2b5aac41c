namespace NexusCart.Tests.Services.Carts;

/// <summary>Whose account is erased has no carts any more.</summary>
public sealed class CartErasureTests(CartsFixture carts) : IClassFixture<CartsFixture>
{
    [Fact]
    public async Task The_carts_of_an_erased_account_go_and_nobody_elses()
    {
        var first = await carts.CartAsync("erika", ("A", 2));
        var second = await carts.CartAsync("erika");
        var others = await carts.CartAsync("otto", ("A", 1));
        Assert.Equal([second, first], await ListAsync("erika"));

        for (var delivery = 0; delivery < 2; delivery++)
            await carts.PublishAsync("users", "user.erased.v1", new { userId = "erika", email = "", displayName = "", roles = Array.Empty<string>(), version = 9, at = "2025-01-01T00:00:00Z" }, $"erika:9:{delivery}");
        await carts.EventuallyAsync("the carts are gone", async () => (await carts.SendAsync(HttpMethod.Get, $"/v1/carts/{first}", "erika")).Status == 404);
        await carts.EventuallyAsync("the other one, too", async () => (await carts.SendAsync(HttpMethod.Get, $"/v1/carts/{second}", "erika")).Status == 404);

        // A token that has outlived its account makes none.
        Assert.Equal(403, (await carts.SendAsync(HttpMethod.Post, "/v1/carts", "erika", new { })).Status);
        Assert.Equal(404, (await carts.SendAsync(HttpMethod.Post, $"/v1/carts/{first}/lines", "erika", new { sku = "A", quantity = 1 })).Status);
        Assert.Empty(await ListAsync("erika"));
        Assert.Equal([others], await ListAsync("otto"));
        Assert.Equal([("A", 1)], (await carts.SendAsync(HttpMethod.Get, $"/v1/carts/{others}", "otto")).Lines);
    }

    private async Task<IEnumerable<string>> ListAsync(string owner)
    {
        var list = await carts.SendAsync(HttpMethod.Get, "/v1/carts", owner);
        Assert.True(list.Status == 200, list.Text);
        return list.Json.GetProperty("carts").EnumerateArray().Select(cart => cart.GetProperty("cartId").GetString()!);
    }
}
