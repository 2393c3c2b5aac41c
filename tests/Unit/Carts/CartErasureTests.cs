using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dapr.Actors.Client;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Carts;
using NexusCart.Carts.Actors;
using NexusCart.Carts.Domain;
using NexusCart.Platform.Actors;
using NexusCart.Tests.Unit.Actors;

namespace NexusCart.Tests.Unit.Carts;

/// <summary>An owner's carts are known as long as they are there, and go with his account.</summary>
public sealed partial class CartErasureTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly CartsOptions _options = new() { AbandonedAfter = TimeSpan.Zero };
    private readonly ConcurrentDictionary<string, (ActorHarness<CartActor> Harness, CartActor Actor)> _carts = new();
    private readonly IActorProxyFactory _proxies;
    private readonly ActorHarness<CartOwnerActor> _owners;

    public CartErasureTests()
    {
        var json = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        ActorJson.Configure(json, CartsJson.Default);
        _proxies = new ActorProxyFactory(new ActorProxyOptions { JsonSerializerOptions = json }, new Sidecar(this));
        _owners = new(host => new CartOwnerActor(host, _options, _time, _proxies), "owner-1", CartsJson.Default);
    }

    [Fact]
    public async Task All_carts_of_an_erased_owner_go_also_the_guests_that_ended_in_them_and_none_is_made_any_more()
    {
        var owner = _owners.Activate();
        var mine = await MakeAsync(owner, "k1");
        var empty = await MakeAsync(owner, "k2");
        var guest = Cart("cart-g");
        await guest.OpenAsync(new OpenCart("guest", "EUR", IsGuests: true));
        await guest.ChangeAsync(new ChangeLine("guest", CartSteps.Line("A", 2, adds: true)));
        var merge = new MergeRequest("k", "h", "cart-g", "EUR");
        var given = await guest.GiveAwayAsync(new GiveAway("guest", mine, "anna", merge));
        await Cart(mine).TakeInAsync(new TakeIn("anna", merge, given.Goods!));

        // Cut off in the middle, it goes on where it was.
        Harness(empty).Store.FailNextSave = new IOException("disk");
        await Assert.ThrowsAnyAsync<Exception>(owner.EraseAsync);
        owner = _owners.Activate();
        for (var delivery = 0; delivery < 2; delivery++)
            await owner.EraseAsync();

        Assert.Equal(CartVerdict.OwnerErased, (await owner.MakeAsync(new MakeCart("k3", "h", "c3"))).Verdict);
        Assert.Equal(CartVerdict.OwnerErased, (await owner.MakeAsync(new MakeCart("k1", "h", "c1"))).Verdict);
        Assert.Empty(await owner.ListAsync());
        Assert.All(new[] { mine, empty, "cart-g" }, id =>
        {
            var kept = string.Join('\n', Harness(id).Store.Values.Where(entry => entry.Key == "cart").Select(entry => entry.Value));
            Assert.DoesNotContain("anna", kept, StringComparison.Ordinal);
            Assert.DoesNotContain("\"A\"", kept, StringComparison.Ordinal);
        });
        // What was on its way arrives nowhere.
        Assert.Equal(CartVerdict.NotFound, (await Cart(mine).OpenAsync(new OpenCart("anna", "EUR"))).Verdict);
        Assert.Equal(CartVerdict.NotFound, (await Cart(mine).TakeInAsync(new TakeIn("anna", merge, given.Goods!))).Verdict);
        Assert.Equal("", await Cart(mine).TakeOutAsync(new TakeOutBought("o1", [new("A", 1)])));
    }

    [Fact]
    public async Task Who_never_had_a_cart_gets_none_after_his_account_was_erased()
    {
        await _owners.Activate().EraseAsync();
        Assert.Equal(CartVerdict.OwnerErased, (await _owners.Activate().MakeAsync(new MakeCart("k", "h", "c"))).Verdict);
        _time.Advance(_options.GuestLifetime);
        await _owners.Activate().ReceiveReminderAsync("expire", [], TimeSpan.Zero, TimeSpan.Zero);
        Assert.Empty(_owners.Store.Values);
    }

    [Fact]
    public async Task A_cart_in_use_is_known_however_long_ago_it_was_made()
    {
        var owner = _owners.Activate();
        var used = await MakeAsync(owner, "k1");
        var left = await MakeAsync(owner, "k2");
        _time.Advance(TimeSpan.FromDays(100));
        await Cart(used).ChangeAsync(new ChangeLine("anna", CartSteps.Line("A", 1, adds: true)));
        _time.Advance(TimeSpan.FromDays(80));
        await owner.ReceiveReminderAsync("expire", [], TimeSpan.Zero, TimeSpan.Zero);
        Assert.Equal([used], await _owners.Activate().ListAsync());
        Assert.Equal(TimeSpan.FromDays(180), _owners.Timers.Reminders["expire"].DueTime);

        _time.Advance(TimeSpan.FromDays(180));
        await owner.ReceiveReminderAsync("expire", [], TimeSpan.Zero, TimeSpan.Zero);
        Assert.Empty(_owners.Store.Values);
        Assert.NotEqual(used, left);
    }

    [Fact]
    public async Task The_oldest_of_too_many_carts_ends_and_is_not_just_forgotten()
    {
        var owner = _owners.Activate();
        for (var i = 0; i <= CartLedger.MaxCarts; i++)
            await MakeAsync(owner, $"k{i}");
        Assert.Equal(CartLedger.MaxCarts, (await owner.ListAsync()).Count);
        Assert.False(await Cart("cart-k0").IsThereAsync());
        Assert.True(await Cart("cart-k1").IsThereAsync());
    }

    private async Task<string> MakeAsync(CartOwnerActor owner, string key)
    {
        var made = await owner.MakeAsync(new MakeCart(key, "h", $"cart-{key}"));
        await Cart(made.CartId).OpenAsync(new OpenCart("anna", "EUR"));
        return made.CartId;
    }

    private CartActor Cart(string id) => Entry(id).Actor;

    private ActorHarness<CartActor> Harness(string id) => Entry(id).Harness;

    private (ActorHarness<CartActor> Harness, CartActor Actor) Entry(string id) => _carts.GetOrAdd(id, key =>
    {
        var harness = new ActorHarness<CartActor>(host => new CartActor(host, _options, _time, new RecordingPublisher(), _proxies), key, CartsJson.Default);
        return (harness, harness.Activate());
    });

    /// <summary>Carries an owner's calls to his carts.</summary>
    private sealed partial class Sidecar(CartErasureTests test) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var match = CallPath().Match(request.RequestUri!.AbsolutePath);
            var cart = test.Cart(match.Groups["id"].Value);
            var answer = match.Groups["method"].Value switch
            {
                nameof(ICartActor.EraseAsync) => JsonSerializer.Serialize(await cart.EraseAsync()),
                nameof(ICartActor.IsThereAsync) => JsonSerializer.Serialize(await cart.IsThereAsync()),
                var other => throw new InvalidOperationException($"An owner does not call {other}."),
            };
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(answer, Encoding.UTF8, "application/json") };
        }

        [GeneratedRegex("/actors/CartActor/(?<id>[^/]+)/method/(?<method>[^/]+)$")]
        private static partial Regex CallPath();
    }
}
