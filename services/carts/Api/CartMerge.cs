using Grpc.Core;
using NexusCart.Carts.Actors;
using NexusCart.Carts.Domain;
using NexusCart.Carts.V1;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Idempotency;
using NexusCart.Platform.Security;
using NexusCart.Platform.Values;

namespace NexusCart.Carts.Api;

/// <summary>Merges a guest's cart into the cart of the customer he turned out to be.</summary>
public sealed class CartMerge(CartActors carts, TimeProvider time)
{
    /// <summary>Merges, once.</summary>
    /// <exception cref="RpcException">
    /// INVALID_ARGUMENT: a field, or the guest's token, is no good. PERMISSION_DENIED: the caller is a guest himself. NOT_FOUND: the
    /// token's bearer has no such cart, or it ended in another one.
    /// </exception>
    public async Task<(CartAnswer Answer, string CartId)> MergeAsync(MergeCartRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        var key = context.RequireIdempotencyKey();
        var violations = new Violations();
        violations.CheckId(request.GuestCartId, "guestCartId");
        violations.Check(request.CartId.Length == 0 || Identifiers.IsId(request.CartId), "cartId", "must be 1 to 64 of A-Z a-z 0-9 _ -, or empty for a new cart");
        violations.Check(request.GuestToken.Length > 0, "guestToken", "is needed: the proof that the guest's cart is the caller's");
        violations.Check(request.CartId != request.GuestCartId || request.CartId.Length == 0, "cartId", "must be another cart than the guest's");
        violations.ThrowIfAny();
        if (context.HasRole(Tokens.GuestRole))
            throw Refusal.Forbidden("A guest's cart merges into a customer's: sign in first.");
        var guest = await GuestAsync(request.GuestToken, context);

        // Whose goods they are is in the hash, the token is not: the guest may show a newer one when he repeats the call.
        var owner = context.CustomerId();
        var hash = CartMapping.Hash("merge", request.GuestCartId, request.CartId, guest);
        var goods = await carts.ReadAsync(request.GuestCartId, new ReadCart(guest), context.CancellationToken);
        var cartId = request.CartId.Length > 0 ? request.CartId : await MakeAsync(owner, key, hash, goods.Cart?.Currency, context);
        var merge = new MergeRequest(key, hash, request.GuestCartId, goods.Cart?.Currency ?? "");

        // Before the guest's cart ends it is certain that the other takes it in. One that has ended is not there to be read any more.
        if (goods.Verdict is CartVerdict.Done)
        {
            var verdict = await carts.JudgeMergeAsync(cartId, new JudgeMerge(owner, merge), context.CancellationToken);
            if (verdict is not CartVerdict.Done)
                return (new CartAnswer(verdict), cartId);
        }

        var given = await carts.GiveAwayAsync(request.GuestCartId, new GiveAway(guest, cartId, owner, merge), context.CancellationToken);
        if (given.Verdict is not CartVerdict.Done)
            throw Refusal.NotFound("cart", request.GuestCartId);
        merge = merge with { Currency = given.Goods!.Currency };
        return (await carts.TakeInAsync(cartId, new TakeIn(owner, merge, given.Goods), context.CancellationToken), cartId);
    }

    private static async Task<string> GuestAsync(string token, ServerCallContext context)
    {
        var guest = await context.ReadPresentedTokenAsync(token);
        return guest is not null && guest.HasClaim(Tokens.RolesClaim, Tokens.GuestRole) && guest.FindFirst("sub") is { Value.Length: > 0 } subject
            ? subject.Value : throw Refusal.Invalid("guestToken", "must be the access token of a guest, and not be out of date");
    }

    private async Task<string> MakeAsync(string owner, string key, string hash, string? currency, ServerCallContext context)
    {
        var made = await carts.MakeAsync(owner, new MakeCart(key, hash, Identifiers.New(time)), context.CancellationToken);
        CartsService.CheckMade(made);
        // Without a currency the guest's cart has ended, or never was: then there is nothing to make a cart for.
        if (currency is not null)
            await carts.OpenAsync(made.CartId, new OpenCart(owner, currency), context.CancellationToken);
        return made.CartId;
    }
}
