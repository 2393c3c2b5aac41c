using System.Text.Json;
using NexusCart.Cli.Shop;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.Chaos.Mixed;

/// <summary>
/// One customer's visit: looks around, fills a cart or claims a unit of the flash sale, perhaps signs in, pays in one of the ways there
/// are, and sees his order to its end; by chance it then goes through what comes after.
/// </summary>
internal sealed class Visit(MixedShop mixed, Random random)
{
    private const int Regulars = 20;
    private static readonly string[] Undecided = ["ORDER_STATUS_STARTING", "ORDER_STATUS_PROCESSING"];

    /// <summary>Comes, buys or not, and goes.</summary>
    public async Task RunAsync()
    {
        await BrowseAsync();
        var token = await TokenAsync(subject: null);
        var buyer = new Shopper(mixed.Shop, token);
        if (Chance(15))
        {
            if (await ClaimAsync(buyer) is { } claimId)
                await BuyAsync(buyer, method => Shopper.ClaimCheckoutBody(claimId, method));
            return;
        }

        var cart = await FillAsync(buyer);
        if (Chance(30))
            (buyer, cart) = await SignInAsync(token, cart);
        if (Chance(5))
        {
            mixed.Tally.Add("cart left behind");
            return;
        }

        await BuyAsync(buyer, method => Shopper.CheckoutBody(cart, method));
    }

    private async Task BrowseAsync()
    {
        var somebody = mixed.Staff;
        await ReadAsync("/v1/products?pageSize=6");
        await ReadAsync($"/v1/products/{Any(mixed.Skus)}");
        await ReadAsync($"/v1/availability/{Any(mixed.Skus)}");
        await ReadAsync($"/v1/flash-sales/{MixedShop.SaleId}");
        mixed.Tally.Add("browsed");

        Task ReadAsync(string path) =>
            Patience.AcceptedAsync(() => somebody.SendRawAsync(HttpMethod.Get, path, content: null, key: null, authorised: false));
    }

    private async Task<AccessToken> TokenAsync(string? subject)
    {
        using var limit = new CancellationTokenSource(Patience.Limit);
        while (true)
        {
            try
            {
                return await mixed.Shop.Client.GetTokenAsync(subject, subject is null ? ["guest"] : [], limit.Token);
            }
            catch (HttpRequestException)
            {
                await Task.Delay(100, limit.Token);
            }
        }
    }

    private async Task<string> FillAsync(Shopper buyer)
    {
        var opened = await mixed.AskAsync(buyer, "cart opened", HttpMethod.Post, "/v1/carts", new { currency = "EUR" });
        var cart = opened!.Value.GetProperty("cartId").GetString()!;
        var lines = random.Next(1, 4);
        for (var i = 0; i < lines; i++)
            await mixed.AskAsync(buyer, "line added", HttpMethod.Post, $"/v1/carts/{cart}/lines", new { sku = Any(mixed.Skus), quantity = random.Next(1, 4) });
        if (Chance(10))
            await mixed.AskAsync(buyer, "line set", HttpMethod.Put, $"/v1/carts/{cart}/lines/{mixed.Skus[0]}", new { quantity = 2 });
        if (Chance(30))
        {
            var code = Chance(50) ? MixedShop.SharedCode : Any(mixed.Codes);
            await mixed.AskAsync(buyer, "coupon applied", HttpMethod.Post, $"/v1/carts/{cart}/coupons", new { code });
        }

        return cart;
    }

    /// <summary>The guest turns out to be a regular customer: what he has in his cart is in his own afterwards.</summary>
    private async Task<(Shopper Buyer, string Cart)> SignInAsync(AccessToken guest, string guestCart)
    {
        var before = await Patience.AcceptedAsync(() => new Shopper(mixed.Shop, guest).SendAsync(HttpMethod.Get, $"/v1/carts/{guestCart}"));
        var customer = new Shopper(mixed.Shop, await TokenAsync($"regular-{random.Next(Regulars)}"));
        var merged = (await mixed.AskAsync(customer, "cart merged", HttpMethod.Post, "/v1/carts:merge", new { guestCartId = guestCart, guestToken = guest.Value }))!.Value;
        Assert.Equal(Lines(before), Lines(merged));
        return (customer, merged.GetProperty("cartId").GetString()!);

        static IEnumerable<string> Lines(JsonElement cart) => cart.GetProperty("lines").EnumerateArray()
            .Select(line => $"{line.GetProperty("sku")}:{line.GetProperty("quantity")}").Order(StringComparer.Ordinal);
    }

    private async Task<string?> ClaimAsync(Shopper buyer)
    {
        var key = MixedShop.Key();
        var answer = await Patience.AcceptedAsync(() => buyer.ClaimAsync(MixedShop.SaleId, key));
        if (!answer.GetProperty("claimed").GetBoolean())
        {
            mixed.Tally.Add($"claim refused: {answer.GetProperty("refusal").GetString()}");
            return null;
        }

        var claimId = answer.GetProperty("claim").GetProperty("claimId").GetString()!;
        mixed.Tally.Add("claimed");
        switch (random.Next(10))
        {
            case 0:
                await mixed.AskAsync(buyer, "claim given up", HttpMethod.Post, $"/v1/flash-sale-claims/{claimId}/give-up", new { });
                return null;
            case 1:
                mixed.Tally.Add("claim left to expire");
                return null;
            default:
                return claimId;
        }
    }

    private async Task BuyAsync(Shopper buyer, Func<string, object> body)
    {
        var (method, end) = Payment();
        var key = MixedShop.Key();
        var wait = Chance(50) ? "wait=10" : null;
        var answer = await Patience.AnswerAsync(CheckoutAsync);
        if (mixed.Judge("checkout", answer) is not { } placed)
            return;
        var orderId = placed.GetProperty("orderId").GetString()!;
        mixed.Tally.Tell(orderId, "placed");
        if (Chance(10))
            Assert.Equal(orderId, (await Patience.AcceptedAsync(CheckoutAsync)).GetProperty("orderId").GetString());

        var order = await UntilAsync(buyer, orderId, status => !Undecided.Contains(status));
        if (Status(order) == "ORDER_STATUS_ACTION_REQUIRED")
        {
            await ActAsync(order, end);
            order = await UntilAsync(buyer, orderId, status => status != "ORDER_STATUS_ACTION_REQUIRED" && !Undecided.Contains(status));
        }

        mixed.Tally.Add($"{method}: {Status(order)} {order.GetProperty("reason").GetString()}".TrimEnd());
        mixed.Tally.Tell(orderId, Status(order));
        if (Status(order) == "ORDER_STATUS_PAID")
            mixed.Tally.Tell(orderId, await new Aftercare(mixed, random, buyer, order).RunAsync());

        Task<ShopAnswer> CheckoutAsync() => buyer.SendAsync(HttpMethod.Post, "/v1/checkout", body(method), key, wait);
    }

    /// <summary>How it is paid, and what the customer does when he is asked.</summary>
    private (string Method, string End) Payment() => random.Next(100) switch
    {
        < 62 => ("pm_card_visa", ""),
        < 75 => ("pm_card_visa_chargeDeclined", ""),
        < 86 => ("pm_card_threeDSecure2Required", "complete"),
        < 91 => ("pm_card_threeDSecure2Required", "fail"),
        _ => ("paypal", "buyer"),
    };

    /// <summary>The customer answers the challenge, or approves at PayPal.</summary>
    private static async Task ActAsync(JsonElement order, string end)
    {
        var page = new Uri(order.GetProperty("paymentAction").GetProperty("redirectUrl").GetString()!);
        var target = page.AbsolutePath == "/checkoutnow" ? new Uri(page, $"/checkoutnow/{page.Query.Split('=')[1]}/{end}") : new Uri($"{page}/{end}");
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        await Patience.AnswerAsync(async () =>
        {
            using var answer = await browser.PostAsync(target, content: null);
            return new ShopAnswer((int)answer.StatusCode, "", await answer.Content.ReadAsStringAsync());
        });
    }

    /// <summary>Looks at an order until its status is one of those.</summary>
    internal static async Task<JsonElement> UntilAsync(Shopper buyer, string orderId, Func<string, bool> isThere)
    {
        var limit = DateTimeOffset.UtcNow + Patience.Limit;
        while (true)
        {
            var order = await Patience.AcceptedAsync(() => buyer.OrderAsync(orderId));
            if (isThere(Status(order)))
                return order;
            if (DateTimeOffset.UtcNow > limit)
                throw new TimeoutException($"The order goes on no further: {order}");
            await Task.Delay(150);
        }
    }

    internal static string Status(JsonElement order) => order.GetProperty("status").GetString()!;

    private bool Chance(int percent) => random.Next(100) < percent;

    private T Any<T>(IReadOnlyList<T> choices) => choices[random.Next(choices.Count)];
}
