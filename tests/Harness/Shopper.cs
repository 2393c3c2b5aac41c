using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using NexusCart.Cli.Shop;

namespace NexusCart.Tests.Harness;

/// <summary>An HTTP answer, body included.</summary>
public sealed record ShopAnswer(int Status, string ContentType, string Body)
{
    /// <summary>The body as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;
}

/// <summary>A buyer with a token of his own, over plain HTTP.</summary>
public sealed class Shopper(RunningShop shop, AccessToken token)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Whom the token speaks for.</summary>
    public string Subject => token.Subject;

    /// <summary>A new guest.</summary>
    public static async Task<Shopper> GuestAsync(RunningShop shop, CancellationToken cancellation = default) =>
        new(shop, await shop.Client.GetTokenAsync(subject: null, roles: [], cancellation));

    /// <summary>Somebody with roles.</summary>
    public static async Task<Shopper> StaffAsync(RunningShop shop, params string[] roles) =>
        new(shop, await shop.Client.GetTokenAsync("staff", roles, CancellationToken.None));

    /// <summary>A customer of a group.</summary>
    public static async Task<Shopper> MemberAsync(RunningShop shop, string customerGroup) =>
        new(shop, await shop.Client.GetTokenAsync($"member-{customerGroup}", roles: [], customerGroup, CancellationToken.None));

    /// <summary>Opens a cart with one line and returns its id.</summary>
    public async Task<string> CartAsync(string sku, int quantity = 1, string currency = "EUR")
    {
        var opened = await SendAsync(HttpMethod.Post, "/v1/carts", new { currency });
        if (opened.Status != 200)
            throw new InvalidOperationException($"The cart was refused: {opened}");
        var cart = opened.Json.GetProperty("cartId").GetString()!;
        var added = await SendAsync(HttpMethod.Post, $"/v1/carts/{cart}/lines", new { sku, quantity });
        if (added.Status != 200)
            throw new InvalidOperationException($"The line was refused: {added}");
        return cart;
    }

    /// <summary>Checks a cart out; waits as long as <paramref name="wait"/> seconds for an end or an action.</summary>
    public Task<ShopAnswer> CheckoutAsync(string cartId, string key, string paymentMethod = "pm_card_visa", int wait = 0, string city = "Hamburg") =>
        SendAsync(HttpMethod.Post, "/v1/checkout", CheckoutBody(cartId, paymentMethod, city), key, wait > 0 ? $"wait={wait}" : null);

    /// <summary>What a checkout sends.</summary>
    public static object CheckoutBody(string cartId, string paymentMethod = "pm_card_visa", string city = "Hamburg") => new
    {
        cartId,
        paymentMethod,
        email = "buyer@example.com",
        shippingAddress = new { fullName = "A Buyer", line1 = "1 Harbour Street", postalCode = "20457", city, country = "DE" },
    };

    /// <summary>Claims a unit of a flash sale.</summary>
    public Task<ShopAnswer> ClaimAsync(string saleId, string key) =>
        SendAsync(HttpMethod.Post, $"/v1/flash-sales/{saleId}/claims", new { quantity = 1 }, key);

    /// <summary>Checks a flash-sale claim out.</summary>
    public Task<ShopAnswer> CheckoutClaimAsync(string claimId, string key, string paymentMethod = "pm_card_visa", int wait = 0) =>
        SendAsync(HttpMethod.Post, "/v1/checkout", ClaimCheckoutBody(claimId, paymentMethod), key, wait > 0 ? $"wait={wait}" : null);

    /// <summary>What the checkout of a claim sends.</summary>
    public static object ClaimCheckoutBody(string claimId, string paymentMethod) => new
    {
        claimId,
        paymentMethod,
        email = "buyer@example.com",
        shippingAddress = new { fullName = "A Buyer", line1 = "1 Harbour Street", postalCode = "20457", city = "Hamburg", country = "DE" },
    };

    /// <summary>The order as its owner sees it.</summary>
    public Task<ShopAnswer> OrderAsync(string orderId) => SendAsync(HttpMethod.Get, $"/v1/orders/{orderId}");

    /// <summary>Polls the order until its status is one of these.</summary>
    /// <exception cref="TimeoutException">It is not within <paramref name="seconds"/>.</exception>
    public async Task<JsonElement> WaitForAsync(string orderId, int seconds, params string[] statuses)
    {
        var limit = DateTimeOffset.UtcNow.AddSeconds(seconds);
        while (true)
        {
            var answer = await OrderAsync(orderId);
            if (answer.Status == 200 && statuses.Contains(answer.Json.GetProperty("status").GetString()))
                return answer.Json;
            if (DateTimeOffset.UtcNow > limit)
                throw new TimeoutException($"The order is not {string.Join(" or ", statuses)} after {seconds} s: {answer}{Environment.NewLine}{shop.Output}");
            await Task.Delay(50);
        }
    }

    /// <summary>
    /// Sends a request; mutations get a fresh idempotency key unless one is given. Where the shop says 'not now', the same is sent again
    /// under the same key, as every client must: a busy machine, or one that has just started, answers so.
    /// </summary>
    public async Task<ShopAnswer> SendAsync(HttpMethod method, string path, object? body = null, string? key = null, string? prefer = null)
    {
        key ??= method == HttpMethod.Get ? null : Guid.CreateVersion7().ToString();
        for (var started = Stopwatch.GetTimestamp(); ; await Task.Delay(Pause))
        {
            var answer = await SendRawAsync(method, path, body is null ? null : JsonContent.Create(body), key, prefer);
            if (answer.Status is not (502 or 503 or 504) || Stopwatch.GetElapsedTime(started) > Patience)
                return answer;
        }
    }

    /// <summary>Sends exactly this content.</summary>
    public async Task<ShopAnswer> SendRawAsync(HttpMethod method, string path, HttpContent? content, string? key, string? prefer = null, bool authorised = true)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (authorised)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Value);
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        if (prefer is not null)
            request.Headers.Add("Prefer", prefer);
        using var answer = await shop.Client.Http.SendAsync(request);
        return new ShopAnswer((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType ?? "", await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Text as a body of a media type.</summary>
    public static StringContent Text(string text, string mediaType) => new(text, Encoding.UTF8, mediaType);
}
