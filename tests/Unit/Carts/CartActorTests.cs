using Dapr.Actors.Client;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Carts;
using NexusCart.Carts.Actors;
using NexusCart.Carts.Domain;
using NexusCart.Tests.Unit.Actors;
using NSubstitute;

namespace NexusCart.Tests.Unit.Carts;

public class CartActorTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly CartsOptions _options = new() { AbandonedAfter = TimeSpan.Zero };
    private readonly RecordingPublisher _publisher = new();
    private readonly ActorHarness<CartActor> _carts;
    private readonly ActorHarness<CartOwnerActor> _owners;

    public CartActorTests()
    {
        _carts = Cart("cart-1");
        _owners = new(host => new CartOwnerActor(host, _options, _time, Substitute.For<IActorProxyFactory>()), "owner-1", CartsJson.Default);
    }

    [Fact]
    public async Task Nobody_else_sees_or_changes_a_cart()
    {
        var cart = _carts.Activate();
        await OpenAsync(cart);
        Assert.Equal(CartVerdict.NotFound, (await cart.ReadAsync(new ReadCart("eve"))).Verdict);
        Assert.Equal(CartVerdict.NotFound, (await cart.ChangeAsync(Change("eve", "A", 1))).Verdict);
        Assert.Equal(CartVerdict.NotFound, (await cart.OpenAsync(new OpenCart("eve", "EUR"))).Verdict);
        Assert.Empty((await cart.ReadAsync(new ReadCart("anna"))).Cart!.Items);
    }

    [Fact]
    public async Task A_coupon_is_for_the_owner_to_put_on()
    {
        var cart = _carts.Activate();
        await OpenAsync(cart);
        Assert.Equal(CartVerdict.NotFound, (await cart.ChangeCouponAsync(new ChangeCoupon("eve", CartSteps.Coupon("SAVE10", applies: true)))).Verdict);
        var apply = new ChangeCoupon("anna", CartSteps.Coupon("SAVE10", applies: true));
        Assert.Equal(["SAVE10"], (await cart.ChangeCouponAsync(apply)).Cart!.CouponCodes);
        Assert.Equal(["SAVE10"], (await _carts.Activate().ChangeCouponAsync(apply)).Cart!.CouponCodes);
        Assert.Equal(2, _carts.Store.Transactions);
    }

    [Fact]
    public async Task A_change_is_one_key_in_one_transaction_and_survives()
    {
        var cart = _carts.Activate();
        await OpenAsync(cart);
        var change = Change("anna", "A", 2);
        await cart.ChangeAsync(change);
        Assert.Equal(["cart"], _carts.Store.LastTransaction);
        Assert.Equal(2, _carts.Store.Transactions);

        await _carts.Activate().ChangeAsync(change);
        Assert.Equal(2, _carts.Store.Transactions);
        Assert.Equal([new("A", 2)], (await _carts.Activate().ReadAsync(new ReadCart("anna"))).Cart!.Items);
    }

    [Fact]
    public async Task A_change_that_cannot_be_saved_is_not_seen()
    {
        var cart = _carts.Activate();
        await OpenAsync(cart);
        _carts.Store.FailNextSave = new IOException("disk");
        await Assert.ThrowsAsync<IOException>(() => cart.ChangeAsync(Change("anna", "A", 2)));
        Assert.Empty((await cart.ReadAsync(new ReadCart("anna"))).Cart!.Items);
    }

    [Fact]
    public async Task A_customers_cart_stays_longer_and_an_empty_one_is_no_news()
    {
        var cart = _carts.Activate();
        await OpenAsync(cart);
        Assert.Equal(TimeSpan.FromDays(180), _carts.Timers.Reminders["expire"].DueTime);
        _time.Advance(TimeSpan.FromDays(180));
        await TickAsync(cart);
        Assert.Empty(_carts.Store.Values);
        Assert.Empty(_publisher.Published);
    }

    [Fact]
    public async Task That_a_cart_expired_is_told_once_the_cart_is_gone_and_until_it_is_out()
    {
        var cart = _carts.Activate();
        await OpenAsync(cart);
        await cart.ChangeAsync(Change("anna", "A", 2));
        _time.Advance(TimeSpan.FromDays(180));
        _publisher.Broken = true;
        await TickAsync(cart);
        await cart.WhenPublishedAsync();
        Assert.Equal(["pe"], _carts.Store.Values.Keys);

        _publisher.Broken = false;
        var again = _carts.Activate();
        await again.ReceiveReminderAsync("publish-pending", [], TimeSpan.Zero, TimeSpan.Zero);
        await again.WhenPublishedAsync();
        await again.ReceiveReminderAsync("publish-pending", [], TimeSpan.Zero, TimeSpan.Zero);
        await again.ReceiveReminderAsync("publish-pending", [], TimeSpan.Zero, TimeSpan.Zero);
        var told = Assert.Single(_publisher.Published);
        Assert.Equal(("cart-1:expired", "cart.expired.v1", "carts"), (told.Id, told.Type, told.Topic));
        Assert.Equal("anna", told.Data.GetProperty("customerId").GetString());
        Assert.Empty(_carts.Timers.Reminders);
    }

    [Fact]
    public async Task A_guests_cart_ends_once_and_its_goods_arrive_once()
    {
        var guests = Cart("cart-g");
        var guest = guests.Activate();
        await guest.OpenAsync(new OpenCart("guest", "EUR", IsGuests: true));
        await guest.ChangeAsync(Change("guest", "A", 2));
        var mine = _carts.Activate();
        await OpenAsync(mine);
        await mine.ChangeAsync(Change("anna", "A", 1));

        var merge = new MergeRequest("k", "h", "cart-g", "EUR");
        var give = new GiveAway("guest", "cart-1", "anna", merge);
        Assert.Equal(CartVerdict.NotFound, (await guest.GiveAwayAsync(give with { Owner = "eve" })).Verdict);
        var given = await guest.GiveAwayAsync(give);
        Assert.Equal([new("A", 2)], given.Goods!.Items);
        Assert.Equal(["cart", "pe"], guests.Store.LastTransaction.Order());
        Assert.Equal([new("A", 2)], (await guests.Activate().GiveAwayAsync(give)).Goods!.Items);
        Assert.Equal(CartVerdict.NotFound, (await guests.Activate().GiveAwayAsync(give with { CartId = "cart-2" })).Verdict);
        Assert.Equal(CartVerdict.NotFound, (await guests.Activate().ReadAsync(new ReadCart("guest"))).Verdict);
        Assert.Equal(CartVerdict.NotFound, (await guests.Activate().ChangeAsync(Change("guest", "A", 1))).Verdict);
        // What the guest had bought before is taken out where it is now.
        Assert.Equal("cart-1", await guests.Activate().TakeOutAsync(new TakeOutBought("o1", [new("A", 1)])));

        for (var delivery = 0; delivery < 2; delivery++)
            Assert.Equal([new("A", 3)], (await mine.TakeInAsync(new TakeIn("anna", merge, given.Goods!))).Cart!.Items);
        Assert.Equal(CartVerdict.NotFound, (await mine.TakeInAsync(new TakeIn("eve", merge, given.Goods!))).Verdict);
        // A cart that has expired meanwhile is made anew.
        Assert.Equal([new("A", 2)], (await Cart("cart-3").Activate().TakeInAsync(new TakeIn("anna", merge, given.Goods!))).Cart!.Items);
    }

    [Fact]
    public async Task A_guests_idle_cart_goes_after_thirty_days_and_a_used_one_stays()
    {
        var cart = _carts.Activate();
        await cart.OpenAsync(new OpenCart("anna", "EUR", IsGuests: true));
        Assert.Equal(TimeSpan.FromDays(30), _carts.Timers.Reminders["expire"].DueTime);
        _time.Advance(TimeSpan.FromDays(20));
        await cart.ChangeAsync(Change("anna", "A", 2));
        Assert.Equal(1, _carts.Timers.Registrations);

        _time.Advance(TimeSpan.FromDays(10));
        await TickAsync(cart);
        Assert.Equal(TimeSpan.FromDays(20), _carts.Timers.Reminders["expire"].DueTime);

        _time.Advance(TimeSpan.FromDays(20));
        // Its time is over, whether the reminder came or not.
        Assert.Equal(CartVerdict.NotFound, (await cart.ReadAsync(new ReadCart("anna"))).Verdict);
        await TickAsync(cart);
        Assert.DoesNotContain("cart", _carts.Store.Values.Keys);
        Assert.DoesNotContain("expire", _carts.Timers.Reminders.Keys);
    }

    [Fact]
    public async Task A_paid_order_is_taken_out_and_where_no_cart_is_nothing_happens()
    {
        await _carts.Activate().TakeOutAsync(new TakeOutBought("o1", [new("A", 1)]));
        Assert.Empty(_carts.Store.Values);

        var cart = _carts.Activate();
        await OpenAsync(cart);
        await cart.ChangeAsync(Change("anna", "A", 2));
        for (var delivery = 0; delivery < 2; delivery++)
            await cart.TakeOutAsync(new TakeOutBought("o1", [new("A", 1)]));
        Assert.Equal([new("A", 1)], (await cart.ReadAsync(new ReadCart("anna"))).Cart!.Items);
        Assert.Equal(3, _carts.Store.Transactions);
    }

    [Fact]
    public async Task An_owner_gets_one_cart_per_key_also_after_a_restart()
    {
        var first = await _owners.Activate().MakeAsync(new MakeCart("k", "h", "c1"));
        var again = await _owners.Activate().MakeAsync(new MakeCart("k", "h", "c2"));
        Assert.Equal(("c1", "c1"), (first.CartId, again.CartId));
        Assert.Equal(1, _owners.Store.Transactions);
        Assert.NotEmpty(_owners.Timers.Reminders);
    }

    private ActorHarness<CartActor> Cart(string id) =>
        new(host => new CartActor(host, _options, _time, _publisher, Substitute.For<IActorProxyFactory>()), id, CartsJson.Default);

    private static Task<CartAnswer> OpenAsync(CartActor cart) => cart.OpenAsync(new OpenCart("anna", "EUR"));

    private static ChangeLine Change(string owner, string sku, int quantity) => new(owner, CartSteps.Line(sku, quantity, adds: true));

    private static Task TickAsync(CartActor cart) => cart.ReceiveReminderAsync("expire", [], TimeSpan.Zero, TimeSpan.Zero);
}
