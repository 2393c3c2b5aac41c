using Grpc.Core;
using NexusCart.Carts.V1;
using NexusCart.Orders.Api;
using NexusCart.Orders.Domain;

namespace NexusCart.Tests.Unit.Orders;

/// <summary>Placing an order, with carts and catalog as the contract promises them.</summary>
public class CheckoutDeskTests
{
    private static readonly CheckoutTerms Terms = new("cart-1", "pm_card_visa", "ann@example.org", Some.Address);

    private readonly OrdersBench _bench = new();
    private readonly FakeCarts _carts = new();
    private readonly FakeCatalog _catalog = new();
    private readonly CheckoutDesk _desk;

    public CheckoutDeskTests() => _desk = new CheckoutDesk(
        _bench.Store, _bench.Watch, new QuoteReader(_carts, _catalog, new FakeFlashSales(), Pricing.Desk(), new FakePromotions()), _bench.Options, _bench.Clock);

    [Fact]
    public async Task The_quote_is_the_carts_units_at_the_catalogs_prices()
    {
        var order = await PlaceAsync();

        Assert.Equal(OrderStatus.Starting, order.Status);
        Assert.Equal(2 * 500 + 250, order.Total.MinorUnits);
        Assert.Equal([("mug", "A mug", 2, 1_000L), ("tea", "Tea", 1, 250L)], order.Lines.Select(line => (line.Sku, line.Title, line.Quantity, line.LineTotal.MinorUnits)));
        Assert.Equal("Bearer ann", _carts.SeenToken);
        // The catalogue is asked as the cart asked it, and nobody says for which group: the token does.
        Assert.Equal(("EUR", ""), (_catalog.Asked!.Currency, _catalog.Asked.CustomerGroup));
        Assert.Equal(new Dictionary<string, int> { ["mug"] = 2, ["tea"] = 1 }, _catalog.Asked.Quantities);
    }

    [Fact]
    public async Task A_new_price_that_was_not_acknowledged_is_not_charged()
    {
        _carts.Cart.Notices.Add(new CartNotice { Kind = CartNoticeKind.Reduced, Sku = "tea", Detail = "Only 1 of tea are left." });
        await PlaceAsync("key-0");
        _carts.Cart.Notices.Add(new CartNotice { Kind = CartNoticeKind.PriceChanged, Sku = "mug", Detail = "mug now costs 5.00 EUR; it was 4.00 EUR." });
        var refusal = await Assert.ThrowsAsync<RpcException>(() => PlaceAsync());
        Assert.Equal(StatusCode.FailedPrecondition, refusal.StatusCode);
        Assert.StartsWith("cart_id: mug now costs 5.00 EUR; it was 4.00 EUR.", refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cart_in_a_currency_without_delivery_prices_is_told_so()
    {
        foreach (var line in _carts.Cart.Lines)
            line.UnitPrice.Currency = "JPY";
        foreach (var product in _catalog.Products)
            product.Price.Currency = "JPY";
        _carts.Cart.Currency = "JPY";
        var desk = new CheckoutDesk(
            _bench.Store, _bench.Watch, new QuoteReader(_carts, _catalog, new FakeFlashSales(), Pricing.Desk(shipping: Pricing.TwoZones), new FakePromotions()), _bench.Options, _bench.Clock);
        var refusal = await Assert.ThrowsAsync<RpcException>(() => desk.PlaceAsync("ann", "key-1", Terms, TimeSpan.Zero, new AnnsCall()));
        Assert.Equal((StatusCode.FailedPrecondition, "cart_id: there are no delivery prices to DE in JPY."), (refusal.StatusCode, refusal.Status.Detail));
    }

    [Theory]
    [InlineData("", "standard", 1_740)]
    [InlineData("express", "express", 2_740)]
    public async Task Shipping_is_the_way_that_was_chosen_or_the_cheapest(string asked, string taken, long total)
    {
        var desk = new CheckoutDesk(
            _bench.Store, _bench.Watch, new QuoteReader(_carts, _catalog, new FakeFlashSales(), Pricing.Desk(shipping: Pricing.TwoZones), new FakePromotions()), _bench.Options, _bench.Clock);
        var terms = Terms with { ShippingMethod = asked };
        var order = await desk.PlaceAsync("ann", "key-1", terms, TimeSpan.Zero, new AnnsCall());

        Assert.Equal((taken, total), (order.Shipping!.MethodId, order.Total.MinorUnits));
        Assert.Equal(total, (await _bench.Store.ReadAsync(order.OrderId, CancellationToken.None))!.Total.MinorUnits);
    }

    [Theory]
    [InlineData("DE", "balloon", "shipping_method")]
    [InlineData("NZ", "", "shipping_address.country")]
    public async Task What_cannot_be_sent_is_not_ordered(string country, string method, string field)
    {
        var desk = new CheckoutDesk(
            _bench.Store, _bench.Watch, new QuoteReader(_carts, _catalog, new FakeFlashSales(), Pricing.Desk(shipping: Pricing.TwoZones), new FakePromotions()), _bench.Options, _bench.Clock);
        var terms = Terms with { Address = Some.Address with { Country = country }, ShippingMethod = method };

        var refusal = await Assert.ThrowsAsync<RpcException>(() => desk.PlaceAsync("ann", "key-1", terms, TimeSpan.Zero, new AnnsCall()));
        Assert.Equal(StatusCode.FailedPrecondition, refusal.StatusCode);
        Assert.StartsWith(field + ":", refusal.Status.Detail, StringComparison.Ordinal);
        Assert.Empty((await _bench.Store.ListAsync("ann", "", 10, CancellationToken.None)).Entities);
    }

    [Fact]
    public async Task A_repetition_finds_its_order_though_the_cart_is_empty_now()
    {
        var first = await PlaceAsync();
        _carts.Cart.Lines.Clear();

        Assert.Equal(first.OrderId, (await PlaceAsync()).OrderId);
        var refusal = await Assert.ThrowsAsync<RpcException>(() => PlaceAsync("another-key"));
        Assert.Equal(StatusCode.FailedPrecondition, refusal.StatusCode);
        Assert.Contains("cart_id", refusal.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("cart-1", refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repetition_finds_its_order_though_carts_is_away()
    {
        var first = await PlaceAsync();
        _carts.Failure = StatusCode.Unavailable;

        Assert.Equal(first.OrderId, (await PlaceAsync()).OrderId);
        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => PlaceAsync("another-key"))).StatusCode);
    }

    [Fact]
    public async Task Another_body_is_refused_also_when_the_cart_is_empty()
    {
        await PlaceAsync();
        var other = Terms with { Email = "bob@example.org" };
        Assert.Equal(StatusCode.AlreadyExists, (await Assert.ThrowsAsync<RpcException>(() => PlaceAsync(terms: other))).StatusCode);

        _carts.Cart.Lines.Clear();
        Assert.Equal(StatusCode.AlreadyExists, (await Assert.ThrowsAsync<RpcException>(() => PlaceAsync(terms: other))).StatusCode);
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData("inactive")]
    [InlineData("price")]
    [InlineData("currency")]
    [InlineData("huge")]
    [InlineData("free")]
    public async Task A_cart_that_cannot_be_bought_as_it_stands_is_refused_and_nothing_is_recorded(string fault)
    {
        var mug = _catalog.Products.Single(product => product.Sku == "mug");
        switch (fault)
        {
            case "unknown":
                _catalog.Products.Remove(mug);
                break;
            case "inactive":
                mug.Active = false;
                break;
            case "price":
                mug.Price.MinorUnits++;
                break;
            case "currency":
                mug.Price.Currency = "USD";
                break;
            case "huge":
                _carts.Price("mug", mug.Price.MinorUnits = long.MaxValue / 2);
                break;
            default:
                _carts.Price("mug", mug.Price.MinorUnits = 0);
                _carts.Cart.Lines.RemoveAt(1);
                break;
        }

        Assert.Equal(StatusCode.FailedPrecondition, (await Assert.ThrowsAsync<RpcException>(() => PlaceAsync())).StatusCode);
        Assert.Empty((await _bench.Store.ListAsync("ann", "", 10, CancellationToken.None)).Entities);
    }

    [Fact]
    public async Task Waiting_ends_as_soon_as_the_order_does()
    {
        var placing = PlaceAsync(patience: TimeSpan.FromSeconds(30));
        await UntilAsync(() => !_bench.Engine.Started.IsEmpty);
        var orderId = _bench.Engine.Started.Single().Split(' ')[1];
        await _bench.Journal.BeginAsync(orderId);
        Assert.False(placing.IsCompleted);

        await _bench.Journal.CompleteAsync(orderId, []);

        Assert.Equal(OrderStatus.Paid, (await placing).Status);
    }

    [Fact]
    public async Task Waiting_ends_with_the_patience()
    {
        var placing = PlaceAsync(patience: TimeSpan.FromSeconds(2));
        await UntilAsync(() => !_bench.Engine.Started.IsEmpty);
        while (!placing.IsCompleted)
        {
            _bench.Clock.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Delay(1);
        }

        Assert.Equal(OrderStatus.Starting, (await placing).Status);
    }

    [Fact]
    public async Task What_another_replica_wrote_is_found_by_looking()
    {
        var placing = PlaceAsync(patience: TimeSpan.FromMinutes(5));
        await UntilAsync(() => !_bench.Engine.Started.IsEmpty);
        var orderId = _bench.Engine.Started.Single().Split(' ')[1];
        await _bench.Journal.BeginAsync(orderId);
        await _bench.Store.ExecuteAsync(orderId, new NexusCart.Orders.Actors.CompleteOrder(orderId, [], Echo: false));

        while (!placing.IsCompleted)
        {
            _bench.Clock.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Delay(1);
        }

        Assert.Equal(OrderStatus.Paid, (await placing).Status);
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        for (var i = 0; i < 2_000 && !holds(); i++)
            await Task.Delay(5);
        Assert.True(holds());
    }

    private Task<Order> PlaceAsync(string key = "key-1", CheckoutTerms? terms = null, TimeSpan patience = default) =>
        _desk.PlaceAsync("ann", key, terms ?? Terms, patience, new AnnsCall());
}
