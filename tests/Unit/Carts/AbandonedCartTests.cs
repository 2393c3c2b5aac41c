using Dapr.Actors.Client;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Carts;
using NexusCart.Carts.Actors;
using NexusCart.Tests.Unit.Actors;
using NSubstitute;

namespace NexusCart.Tests.Unit.Carts;

/// <summary>A cart that is not changed for a while is told of once.</summary>
public class AbandonedCartTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly CartsOptions _options = new();
    private readonly RecordingPublisher _publisher = new();
    private readonly ActorHarness<CartActor> _carts;

    public AbandonedCartTests() => _carts = new(
        host => new CartActor(host, _options, _time, _publisher, Substitute.For<IActorProxyFactory>()), "cart-1", CartsJson.Default);

    [Fact]
    public async Task Each_quiet_period_is_told_of_once()
    {
        var cart = _carts.Activate();
        await cart.OpenAsync(new OpenCart("anna", "EUR"));
        Assert.Equal(TimeSpan.FromDays(1), _carts.Timers.Reminders["expire"].DueTime);
        _time.Advance(TimeSpan.FromHours(20));
        await AddAsync(cart, "A");
        Assert.Equal(1, _carts.Timers.Registrations);

        // Too early by the clock: it was changed since.
        _time.Advance(TimeSpan.FromHours(4));
        await TickAsync(cart);
        Assert.Empty(_publisher.Published);
        Assert.Equal(TimeSpan.FromHours(20), _carts.Timers.Reminders["expire"].DueTime);

        _time.Advance(TimeSpan.FromHours(20));
        for (var tick = 0; tick < 2; tick++)
            await TickAsync(_carts.Activate());
        var told = Assert.Single(_publisher.Published);
        Assert.Equal(("cart-1:2:abandoned", "cart.abandoned.v1", "carts"), (told.Id, told.Type, told.Topic));
        Assert.Equal(("anna", "A", false), (
            told.Data.GetProperty("customerId").GetString(), told.Data.GetProperty("lines")[0].GetProperty("sku").GetString(), told.Data.GetProperty("isGuests").GetBoolean()));
        Assert.Equal(TimeSpan.FromDays(179), _carts.Timers.Reminders["expire"].DueTime);

        // The next period begins with a change, which alone costs a reminder.
        _time.Advance(TimeSpan.FromDays(10));
        cart = _carts.Activate();
        var registrations = _carts.Timers.Registrations;
        await AddAsync(cart, "B");
        await AddAsync(cart, "C");
        await AddAsync(cart, "D");
        Assert.Equal(TimeSpan.FromDays(1), _carts.Timers.Reminders["expire"].DueTime);
        Assert.Equal(registrations + 1, _carts.Timers.Registrations);
        _time.Advance(TimeSpan.FromDays(1));
        await TickAsync(cart);
        Assert.Equal(["cart-1:2:abandoned", "cart-1:5:abandoned"], _publisher.Ids);
    }

    [Fact]
    public async Task An_empty_cart_is_no_news_until_something_is_put_in_and_left()
    {
        var cart = _carts.Activate();
        await cart.OpenAsync(new OpenCart("anna", "EUR"));
        _time.Advance(TimeSpan.FromDays(1));
        await TickAsync(cart);
        Assert.Equal(TimeSpan.FromDays(179), _carts.Timers.Reminders["expire"].DueTime);
        await AddAsync(cart, "A");
        Assert.Equal(TimeSpan.FromDays(1), _carts.Timers.Reminders["expire"].DueTime);
        _time.Advance(TimeSpan.FromDays(1));
        await TickAsync(cart);
        Assert.Equal(["cart-1:2:abandoned"], _publisher.Ids);
    }

    [Fact]
    public async Task A_shop_that_does_not_want_it_hears_nothing()
    {
        _options.AbandonedAfter = TimeSpan.Zero;
        var cart = _carts.Activate();
        await cart.OpenAsync(new OpenCart("anna", "EUR"));
        await AddAsync(cart, "A");
        Assert.Equal(TimeSpan.FromDays(180), _carts.Timers.Reminders["expire"].DueTime);
        _time.Advance(TimeSpan.FromDays(100));
        await TickAsync(cart);
        Assert.Empty(_publisher.Published);
    }

    private static async Task AddAsync(CartActor cart, string sku) =>
        Assert.Equal(NexusCart.Carts.Domain.CartVerdict.Done, (await cart.ChangeAsync(new ChangeLine("anna", CartSteps.Line(sku, 1, adds: true)))).Verdict);

    private static async Task TickAsync(CartActor cart)
    {
        await cart.ReceiveReminderAsync("expire", [], TimeSpan.Zero, TimeSpan.Zero);
        await cart.WhenPublishedAsync();
        // What is out is no longer pending.
        await cart.ReceiveReminderAsync("publish-pending", [], TimeSpan.Zero, TimeSpan.Zero);
    }
}
