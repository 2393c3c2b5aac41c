using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Google.Protobuf;
using NexusCart.Carts.V1;
using NexusCart.Cli.Shop;
using NexusCart.Orders.V1;

namespace NexusCart.Cli.Demo;

/// <summary>A guest who buys over plain HTTP, as a browser would.</summary>
public sealed class DemoShopper(ShopClient shop, AccessToken token)
{
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));
    private static readonly TimeSpan PollPause = TimeSpan.FromMilliseconds(40);

    /// <summary>Opens a cart and fills it.</summary>
    public async Task<Cart> FillCartAsync(IReadOnlyList<(string Sku, int Quantity)> lines, CancellationToken cancellation)
    {
        var cart = await SendAsync<Cart>(HttpMethod.Post, "/v1/carts", new { currency = "EUR" }, cancellation);
        foreach (var (sku, quantity) in lines)
            cart = await SendAsync<Cart>(HttpMethod.Post, $"/v1/carts/{cart.CartId}/lines", new { sku, quantity }, cancellation);
        return cart;
    }

    /// <summary>Checks a cart out and follows the saga until the order ends or waits for the customer.</summary>
    /// <param name="cart">The cart to buy.</param>
    /// <param name="paymentMethod">The provider's token of a payment method.</param>
    /// <param name="onEvent">Told each new step of the order's history, once.</param>
    /// <param name="cancellation">Stops waiting; the order goes on.</param>
    public async Task<Order> BuyAsync(Cart cart, string paymentMethod, Action<OrderEvent> onEvent, CancellationToken cancellation)
    {
        var request = new
        {
            cartId = cart.CartId,
            paymentMethod,
            email = "demo@example.com",
            shippingAddress = new { fullName = "Demo Shopper", line1 = "1 Harbour Street", postalCode = "20457", city = "Hamburg", country = "DE" },
        };
        var order = await SendAsync<Order>(HttpMethod.Post, "/v1/checkout", request, cancellation);
        var told = 0;
        while (true)
        {
            foreach (var step in order.History.Skip(told))
                onEvent(step);
            told = Math.Max(told, order.History.Count);
            if (order.Status is not (OrderStatus.Starting or OrderStatus.Processing))
                return order;
            await Task.Delay(PollPause, cancellation);
            order = await SendAsync<Order>(HttpMethod.Get, $"/v1/orders/{order.OrderId}", null, cancellation);
        }
    }

    private async Task<TAnswer> SendAsync<TAnswer>(
        HttpMethod method,
        string path,
        object? body,
        CancellationToken cancellation)
        where TAnswer : IMessage<TAnswer>, new()
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Value);
        if (method != HttpMethod.Get)
            request.Headers.Add("Idempotency-Key", Guid.CreateVersion7().ToString());
        if (body is not null)
            request.Content = JsonContent.Create(body);

        using var answer = await shop.Http.SendAsync(request, cancellation);
        var text = await answer.Content.ReadAsStringAsync(cancellation);
        if (answer.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.Accepted or HttpStatusCode.Created))
            throw new HttpRequestException($"{method} {path} answered {(int)answer.StatusCode}: {text}");
        return Parser.Parse<TAnswer>(text);
    }
}
