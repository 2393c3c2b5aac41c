using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using NexusCart.Carts.Actors;
using NexusCart.Carts.Domain;
using NexusCart.Carts.V1;
using NexusCart.Catalog.V1;
using NexusCart.Common.V1;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Idempotency;
using NexusCart.Platform.Security;
using NexusCart.Platform.Values;
using Cart = NexusCart.Carts.V1.Cart;

namespace NexusCart.Carts.Api;

/// <summary>The contract of protos/nexuscart/carts/v1: validates, calls, maps. Everything is the caller's own or not found.</summary>
[Authorize(Policies.Customer)]
public sealed class CartsService(CartActors carts, PriceList prices, CartCheck check, CartMerge merge, TimeProvider time) : V1.Carts.CartsBase
{
    /// <inheritdoc/>
    public override async Task<Cart> CreateCart(CreateCartRequest request, ServerCallContext context)
    {
        var key = context.RequireIdempotencyKey();
        var currency = request.Currency.Length == 0 ? Currency.Default : request.Currency;
        if (!Currency.IsKnown(currency))
            throw Refusal.Invalid("currency", "must be an ISO 4217 code, like EUR");
        var owner = context.CustomerId();
        var made = await carts.MakeAsync(
            owner, new MakeCart(key, CartMapping.Hash("create", currency), Identifiers.New(time)), context.CancellationToken);
        CheckMade(made);
        var opened = await carts.OpenAsync(made.CartId, new OpenCart(owner, currency, context.HasRole(Tokens.GuestRole)), context.CancellationToken);
        return await AnswerAsync(opened, made.CartId, "", context);
    }

    /// <inheritdoc/>
    public override async Task<Cart> GetCart(GetCartRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.CheckId(request.CartId, "cartId");
        violations.ThrowIfAny();
        var read = await carts.ReadAsync(request.CartId, new ReadCart(context.CustomerId()), context.CancellationToken);
        if (request.Detail is not CartDetail.Live || read.Verdict is not CartVerdict.Done)
            return await AnswerAsync(read, request.CartId, "", context);
        var products = await ReadProductsAsync(read.Cart!, context);
        return await check.LookAsync(read.Cart!, products, request, context);
    }

    /// <inheritdoc/>
    public override async Task<ListCartsResponse> ListCarts(ListCartsRequest request, ServerCallContext context)
    {
        var owner = context.CustomerId();
        var response = new ListCartsResponse();
        foreach (var cartId in Enumerable.Reverse(await carts.ListAsync(owner, context.CancellationToken)))
        {
            // Some have expired or ended in another one.
            var read = await carts.ReadAsync(cartId, new ReadCart(owner), context.CancellationToken);
            if (read.Cart is { } cart)
                response.Carts.Add(cart.ToContent());
        }

        return response;
    }

    /// <inheritdoc/>
    public override Task<Cart> AddLine(AddLineRequest request, ServerCallContext context) =>
        ChangeAsync(request.CartId, "add", request.Sku, request.Quantity, 1, context);

    /// <inheritdoc/>
    public override Task<Cart> SetLine(SetLineRequest request, ServerCallContext context) =>
        ChangeAsync(request.CartId, "set", request.Sku, request.Quantity, 0, context);

    /// <inheritdoc/>
    public override Task<Cart> RemoveLine(RemoveLineRequest request, ServerCallContext context) =>
        ChangeAsync(request.CartId, "remove", request.Sku, 0, 0, context);

    /// <inheritdoc/>
    public override Task<Cart> ApplyCoupon(ApplyCouponRequest request, ServerCallContext context) =>
        ChangeCouponAsync(request.CartId, request.Code, applies: true, context);

    /// <inheritdoc/>
    public override Task<Cart> RemoveCoupon(RemoveCouponRequest request, ServerCallContext context) =>
        ChangeCouponAsync(request.CartId, request.Code, applies: false, context);

    /// <inheritdoc/>
    public override async Task<Cart> SetCurrency(SetCurrencyRequest request, ServerCallContext context)
    {
        var key = context.RequireIdempotencyKey();
        var violations = new Violations();
        violations.CheckId(request.CartId, "cartId");
        violations.Check(Currency.IsKnown(request.Currency), "currency", "must be an ISO 4217 code, like EUR");
        violations.ThrowIfAny();

        var read = await carts.ReadAsync(request.CartId, new ReadCart(context.CustomerId()), context.CancellationToken);
        if (read.Verdict is not CartVerdict.Done)
            return await AnswerAsync(read, request.CartId, "", context);
        var found = (await prices.ReadAsync(request.Currency, read.Cart!.Items, context)).Values
            .Where(product => product.Price.Currency == request.Currency)
            .ToDictionary(product => product.Sku, product => product.Price.MinorUnits, StringComparer.Ordinal);
        var change = new CurrencyRequest(key, CartMapping.Hash("currency", request.CartId, request.Currency), request.Currency, found);
        var answer = await carts.ChangeCurrencyAsync(request.CartId, new ChangeCurrency(context.CustomerId(), change), context.CancellationToken);
        return await AnswerAsync(answer, request.CartId, "", context);
    }

    /// <inheritdoc/>
    public override async Task<Cart> AcknowledgeNotices(AcknowledgeNoticesRequest request, ServerCallContext context)
    {
        var key = context.RequireIdempotencyKey();
        var violations = new Violations();
        violations.CheckId(request.CartId, "cartId");
        violations.Check(request.NoticeIds.Count is >= 1 and <= Domain.Cart.MaxLines, "noticeIds", $"must be 1 to {Domain.Cart.MaxLines}");
        violations.ThrowIfAny();

        var read = await carts.ReadAsync(request.CartId, new ReadCart(context.CustomerId()), context.CancellationToken);
        if (read.Verdict is not CartVerdict.Done)
            return await AnswerAsync(read, request.CartId, "", context);
        var ids = request.NoticeIds.ToHashSet(StringComparer.Ordinal);
        var notices = await check.NoticesAsync(read.Cart!, await ReadProductsAsync(read.Cart!, context), context.CancellationToken);
        var hash = CartMapping.Hash(["acknowledge", request.CartId, .. ids.Order(StringComparer.Ordinal)]);
        var settled = await carts.SettleAsync(
            request.CartId,
            new SettleNotices(context.CustomerId(), new SettleRequest(key, hash, [.. notices.Where(notice => ids.Contains(notice.Id))])),
            context.CancellationToken);
        return await AnswerAsync(settled, request.CartId, "", context);
    }

    /// <inheritdoc/>
    public override async Task<Cart> MergeCart(MergeCartRequest request, ServerCallContext context)
    {
        var (answer, cartId) = await merge.MergeAsync(request, context);
        return await AnswerAsync(answer, cartId, "", context);
    }

    /// <summary>Refuses what an owner's ledger refused.</summary>
    internal static void CheckMade(CartOfKey made)
    {
        if (made.Verdict is CartVerdict.KeyReused)
            throw Refusal.KeyReused();
        if (made.Verdict is CartVerdict.OwnerErased)
            throw Refusal.Forbidden("The account was erased.");
    }

    private async Task<Cart> ChangeCouponAsync(string cartId, string text, bool applies, ServerCallContext context)
    {
        var key = context.RequireIdempotencyKey();
        var violations = new Violations();
        violations.CheckId(cartId, "cartId");
        violations.CheckId(text, "code");
        violations.ThrowIfAny();

        // People type codes as they like.
        var code = text.ToUpperInvariant();
        var hash = CartMapping.Hash(applies ? "apply" : "take-off", cartId, code);
        var answer = await carts.ChangeCouponAsync(
            cartId, new ChangeCoupon(context.CustomerId(), new CouponRequest(key, hash, code, applies)), context.CancellationToken);
        return await AnswerAsync(answer, cartId, "", context);
    }

    private async Task<Cart> ChangeAsync(string cartId, string verb, string sku, int quantity, int least, ServerCallContext context)
    {
        var key = context.RequireIdempotencyKey();
        var violations = new Violations();
        violations.CheckId(cartId, "cartId");
        violations.CheckSku(sku, "sku");
        violations.Check(
            quantity >= least && quantity <= Domain.Cart.MaxQuantity,
            "quantity",
            string.Create(CultureInfo.InvariantCulture, $"must be {least} to {Domain.Cart.MaxQuantity:N0}"));
        violations.ThrowIfAny();

        var line = new LineRequest(
            key, CartMapping.Hash(verb, cartId, sku, quantity.ToString(CultureInfo.InvariantCulture)), sku, quantity, Adds: verb == "add", SoldIn: null);
        if (quantity > 0)
        {
            // What a unit costs hangs on the cart's currency, and on how many units there will be.
            var read = await carts.ReadAsync(cartId, new ReadCart(context.CustomerId()), context.CancellationToken);
            if (read.Verdict is not CartVerdict.Done)
                return await AnswerAsync(read, cartId, sku, context);
            line = await PriceAsync(line, read.Cart!, context);
        }

        var answer = await carts.ChangeAsync(cartId, new ChangeLine(context.CustomerId(), line), context.CancellationToken);
        return await AnswerAsync(answer, cartId, sku, context);
    }

    /// <summary>
    /// Adds to a change what a unit will cost. A product that is not for sale is for the cart to refuse: what was done under a key before
    /// stays done. Should the line change meanwhile, the price is that of another number of units: it decides on notices alone.
    /// </summary>
    private async Task<LineRequest> PriceAsync(LineRequest line, CartView cart, ServerCallContext context)
    {
        var before = cart.Items.FirstOrDefault(item => item.Sku == line.Sku)?.Quantity ?? 0;
        var after = Math.Min(Domain.Cart.MaxQuantity, line.Quantity + (line.Adds ? before : 0));
        var price = await UnitPriceAsync(after);
        var priced = line with { SoldIn = price?.Currency, Price = price?.MinorUnits ?? 0 };
        if (before == 0 || before == after || !cart.SeenPrices.TryGetValue(line.Sku, out var seen) || seen == priced.Price)
            return priced;
        return priced with { PriceBefore = (await UnitPriceAsync(before))?.MinorUnits };

        async Task<Money?> UnitPriceAsync(int quantity) =>
            (await prices.ReadAsync(cart.Currency, [new CartItem(line.Sku, quantity)], context)).GetValueOrDefault(line.Sku)?.Price;
    }

    private async Task<Cart> AnswerAsync(CartAnswer answer, string cartId, string sku, ServerCallContext context)
    {
        switch (answer.Verdict)
        {
            case CartVerdict.Done:
                return answer.Cart!.ToMessage(await ReadProductsAsync(answer.Cart!, context));
            case CartVerdict.NotFound:
                throw Refusal.NotFound("cart", cartId);
            case CartVerdict.KeyReused:
                throw Refusal.KeyReused();
            case CartVerdict.NotForSale:
                throw Refusal.Invalid("sku", $"'{sku}' is not for sale in this cart's currency");
            case CartVerdict.TooManyUnits:
                throw Refusal.Invalid("quantity", $"a line holds at most {Domain.Cart.MaxQuantity:N0} units");
            case CartVerdict.CurrencyDiffers:
                throw Refusal.Precondition("currency_differs", "Carts of different currencies do not merge.");
            case CartVerdict.NoticesUnread:
                throw Refusal.Precondition("notices_unread", "Acknowledge what earlier merges left out, then merge again.");
            case CartVerdict.TooManyCoupons:
                throw Refusal.Precondition("too_many_coupons", $"A cart holds at most {Domain.Cart.MaxCoupons} coupons.");
            default:
                throw Refusal.Precondition("cart_full", $"A cart holds at most {Domain.Cart.MaxLines} lines.");
        }
    }

    private Task<IReadOnlyDictionary<string, Product>> ReadProductsAsync(CartView cart, ServerCallContext context) =>
        prices.ReadAsync(cart.Currency, cart.Items, context);
}
