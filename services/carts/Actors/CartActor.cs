using Dapr.Actors;
using Dapr.Actors.Client;
using Dapr.Actors.Runtime;
using NexusCart.Carts.Domain;
using NexusCart.Carts.Events;
using NexusCart.Platform.Actors;

namespace NexusCart.Carts.Actors;

/// <summary>
/// One cart: loads, lets <see cref="Cart"/> decide, saves. State keys: <c>cart</c>, and <c>pe</c> for what has to leave: the news that it
/// was abandoned or expired, and the goods of a guest's cart that ended in a customer's.
/// </summary>
public sealed class CartActor : ExpiringActor<Cart>, ICartActor
{
    private const string RepairReminder = "publish-pending";
    private const string TakeInGoods = "carts.take-in";
    private static readonly TimeSpan RepairInterval = TimeSpan.FromSeconds(10);
    private static readonly ActorOutboxOptions Outbox = new(Capacity: 16, PublishTimeout: TimeSpan.FromSeconds(5));

    private readonly CartsOptions _options;
    private readonly IPendingEventPublisher _publisher;
    private readonly IActorProxyFactory _proxies;
    private readonly Lazy<ActorOutbox> _outbox;
    private bool _outboxLoaded;

    /// <summary>Creates the cart; the actor runtime does.</summary>
    public CartActor(
        ActorHost host, CartsOptions options, TimeProvider time, IPendingEventPublisher publisher, IActorProxyFactory proxies)
        : base(host, time)
    {
        _options = options;
        _publisher = publisher;
        _proxies = proxies;
        // Lazy: most carts never have anything pending, and tests put their own state manager in place after construction.
        _outbox = new(() => new ActorOutbox(
            new ActorOutboxHost(StateManager, DispatchAsync, EnsureReminderAsync, () => UnregisterReminderAsync(RepairReminder), time, Logger),
            Outbox));
    }

    /// <inheritdoc/>
    protected override string StateKey => "cart";

    private delegate CartVerdict Verb(Cart cart, out Cart next);

    private static CartAnswer NotFound { get; } = new(CartVerdict.NotFound);

    /// <inheritdoc/>
    public async Task<CartAnswer> OpenAsync(OpenCart request)
    {
        var cart = await LoadAsync();
        if (cart is null)
        {
            cart = Cart.Open(Id.GetId(), request.Owner, request.Currency, Now, request.IsGuests);
            await KeepAsync(cart, isNew: true);
        }

        return BelongsTo(cart, request.Owner) ? Done(cart) : NotFound;
    }

    /// <inheritdoc/>
    public async Task<CartAnswer> ReadAsync(ReadCart request) =>
        await LoadAsync() is { } cart && BelongsTo(cart, request.Owner) ? Done(cart) : NotFound;

    /// <inheritdoc/>
    public Task<CartAnswer> ChangeAsync(ChangeLine request) =>
        ChangeAsync(request.Owner, request.Line.Key, (Cart cart, out Cart next) => cart.Change(request.Line, Now, out next));

    /// <inheritdoc/>
    public Task<CartAnswer> ChangeCouponAsync(ChangeCoupon request) =>
        ChangeAsync(request.Owner, request.Coupon.Key, (Cart cart, out Cart next) => cart.Change(request.Coupon, Now, out next));

    /// <inheritdoc/>
    public Task<CartAnswer> ChangeCurrencyAsync(ChangeCurrency request) =>
        ChangeAsync(request.Owner, request.Currency.Key, (Cart cart, out Cart next) => cart.Change(request.Currency, Now, out next));

    /// <inheritdoc/>
    public Task<CartAnswer> SettleAsync(SettleNotices request) =>
        ChangeAsync(request.Owner, request.Request.Key, (Cart cart, out Cart next) => cart.Settle(request.Request, Now, out next));

    /// <inheritdoc/>
    public async Task<CartVerdict> JudgeMergeAsync(JudgeMerge request) =>
        await LoadAsync() is { } cart && BelongsTo(cart, request.Owner) ? cart.Judge(request.Request) : CartVerdict.NotFound;

    /// <inheritdoc/>
    public async Task<CartAnswer> TakeInAsync(TakeIn request)
    {
        // It may have expired since the guest's cart ended for it: the goods are not lost.
        var stored = await LoadAsync();
        var cart = stored ?? Cart.Open(Id.GetId(), request.Owner, request.Goods.Currency, Now);
        if (!BelongsTo(cart, request.Owner))
            return NotFound;
        var verdict = cart.TakeIn(request.Request, request.Goods, Now, out var next);
        if (verdict is not CartVerdict.Done)
            return new CartAnswer(verdict);
        if (!ReferenceEquals(next, cart))
            await KeepAsync(next, isNew: stored is null);
        return Done(next);
    }

    /// <inheritdoc/>
    public async Task<GoodsAnswer> GiveAwayAsync(GiveAway request)
    {
        if (await LoadAsync() is not { } cart || cart.Owner != request.Owner)
            return new GoodsAnswer(CartVerdict.NotFound);
        var verdict = cart.EndIn(request.CartId, Now, out var next);
        if (verdict is not CartVerdict.Done)
            return new GoodsAnswer(verdict);
        if (!ReferenceEquals(next, cart))
        {
            // Whoever asked takes the goods over himself; should he not come to it, they arrive all the same.
            await StageAsync(PendingEvent.Create(
                $"{cart.Id}:take-in", TakeInGoods, "", request.CartId,
                new TakeIn(request.NewOwner, request.Request, cart.Goods), CartsJson.Default.TakeIn));
            await KeepAsync(next, isNew: false);
        }

        return new GoodsAnswer(CartVerdict.Done, next.Goods);
    }

    /// <inheritdoc/>
    public async Task<string> TakeOutAsync(TakeOutBought request)
    {
        if (await LoadAsync() is not { } cart)
            return "";
        if (cart.HasEnded)
            return cart.MergedInto;
        var next = cart.TakeOut(request.OrderId, request.Items, Now);
        if (!ReferenceEquals(next, cart))
            await KeepAsync(next, isNew: false);
        return "";
    }

    /// <inheritdoc/>
    public async Task<bool> IsThereAsync() => await LoadAsync() is { HasEnded: false };

    /// <inheritdoc/>
    public async Task<List<string>> EraseAsync()
    {
        var stored = await PeekAsync();
        var erased = Cart.Erased(Id.GetId(), stored, Now);
        if (!ReferenceEquals(erased, stored))
            await StoreAsync(erased, isNew: stored is null);
        return [.. erased.Merged];
    }

    /// <inheritdoc/>
    public override async Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period)
    {
        if (reminderName != RepairReminder)
        {
            await base.ReceiveReminderAsync(reminderName, state, dueTime, period);
            return;
        }

        await LoadOutboxAsync();
        await SaveAsync(() => _outbox.Value.RepairAsync());
    }

    /// <summary>Completes when nothing is being published; for tests.</summary>
    public Task WhenPublishedAsync() => _outbox.Value.WhenIdleAsync();

    /// <inheritdoc/>
    protected override TimeSpan LifetimeOf(Cart state) => state.IsGuests ? _options.GuestLifetime : _options.CustomerLifetime;

    /// <inheritdoc/>
    protected override DateTimeOffset ChangedAt(Cart state) => state.UpdatedAt;

    /// <inheritdoc/>
    protected override DateTimeOffset NextLook(Cart state)
    {
        var end = base.NextLook(state);
        var quiet = state.UpdatedAt + _options.AbandonedAfter;
        return _options.AbandonedAfter <= TimeSpan.Zero || state.HasEnded || state.QuietSince == state.UpdatedAt || quiet > end ? end : quiet;
    }

    /// <inheritdoc/>
    protected override async Task<Cart> LookAsync(Cart state)
    {
        // It lives, so what is due is not its end.
        if (NextLook(state) > Now)
            return state;
        var looked = state with { QuietSince = state.UpdatedAt };
        await SaveAsync(async () =>
        {
            if (state.Items.Count > 0)
                await StageAsync(CartAbandoned.Pending(state, Now));
            await StateManager.SetStateAsync(StateKey, looked);
        });
        return looked;
    }

    /// <inheritdoc/>
    protected override Task OnExpiringAsync(Cart state) =>
        state.HasEnded || state.Items.Count == 0 ? Task.CompletedTask : StageAsync(CartExpired.Pending(state, Now));

    /// <inheritdoc/>
    protected override async Task SaveAsync(Func<Task> write)
    {
        try
        {
            await base.SaveAsync(async () =>
            {
                await write();
                if (_outboxLoaded)
                    await _outbox.Value.WriteAsync();
            });
        }
        catch
        {
            _outboxLoaded = false;
            throw;
        }

        if (_outboxLoaded)
            _outbox.Value.Saved();
    }

    /// <inheritdoc/>
    protected override async Task OnDeactivateAsync()
    {
        if (_outbox.IsValueCreated)
            await _outbox.Value.DisposeAsync();
    }

    private async Task<CartAnswer> ChangeAsync(string owner, string key, Verb verb)
    {
        if (await LoadAsync() is not { } cart || !BelongsTo(cart, owner))
            return NotFound;
        var repeated = cart.FindChange(key) is not null;
        var verdict = verb(cart, out var next);
        if (verdict is not CartVerdict.Done)
            return new CartAnswer(verdict);
        if (!repeated)
            await KeepAsync(next, isNew: false);
        return Done(next);
    }

    /// <summary>Stores a cart. The first change after a quiet period has the reminder come earlier; all others cost none.</summary>
    private async Task KeepAsync(Cart next, bool isNew)
    {
        if (next.QuietSince is { } quiet && quiet != next.UpdatedAt)
        {
            next = next with { QuietSince = null };
            await ArmAsync(next);
        }

        await StoreAsync(next, isNew);
    }

    private async Task StageAsync(PendingEvent pending)
    {
        await LoadOutboxAsync();
        _outbox.Value.Stage(pending);
    }

    private async Task LoadOutboxAsync()
    {
        if (_outboxLoaded)
            return;
        await _outbox.Value.LoadAsync();
        _outboxLoaded = true;
    }

    private Task DispatchAsync(PendingEvent pending, CancellationToken cancellationToken) => pending.Type != TakeInGoods
        ? _publisher.PublishAsync(pending, cancellationToken)
        : _proxies.Create(new ActorId(pending.Key), nameof(CartActor)).InvokeMethodAsync<TakeIn, CartAnswer>(
            nameof(TakeInAsync), System.Text.Json.JsonSerializer.Deserialize(pending.Data, CartsJson.Default.TakeIn)!, cancellationToken);

    private async Task EnsureReminderAsync() => await RegisterReminderAsync(RepairReminder, [], RepairInterval, RepairInterval);

    private static bool BelongsTo(Cart cart, string owner) => cart.Owner == owner && !cart.HasEnded;

    private static CartAnswer Done(Cart cart) => new(
        CartVerdict.Done,
        new CartView(cart.Id, cart.Currency, cart.Items, cart.Version, cart.UpdatedAt, cart.CouponCodes, cart.SeenPrices, cart.LeftOut));
}
