using Grpc.Core;
using NexusCart.Carts.V1;
using NexusCart.Catalog.V1;
using NexusCart.Orders.Domain;
using NexusCart.Orders.Pricing;
using NexusCart.Platform.Calls;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Values;
using NexusCart.Promotions.V1;
using CartsClient = NexusCart.Carts.V1.Carts.CartsClient;
using CatalogClient = NexusCart.Catalog.V1.Catalog.CatalogClient;
using FlashSalesClient = NexusCart.Promotions.V1.FlashSales.FlashSalesClient;

namespace NexusCart.Orders.Api;

/// <summary>Freezes what a purchase costs: a cart by its units and the catalog's prices, a flash-sale claim by the sale's.</summary>
public sealed class QuoteReader(CartsClient carts, CatalogClient catalog, FlashSalesClient sales, PriceDesk prices, IPromotions promotions)
{
    private const int MaxCoupons = 10;

    /// <summary>Reads the customer's cart or claim, as the customer, and adds it up.</summary>
    /// <param name="cartId">The cart; not looked at where there is a claim.</param>
    /// <param name="claimId">The claim; empty for the cart.</param>
    /// <param name="destination">Where the goods go.</param>
    /// <param name="shippingMethod">How; empty for the cheapest way.</param>
    /// <param name="coupons">Coupons besides those on the cart.</param>
    /// <param name="context">The customer's call.</param>
    /// <exception cref="RpcException">
    /// NOT_FOUND: there is no such cart or claim, or it is somebody else's. FAILED_PRECONDITION: it is empty or over, or something in it
    /// cannot be bought or sent as it stands. UNAVAILABLE: carts, catalog or promotions did not answer.
    /// </exception>
    public Task<PricedCart> ReadAsync(
        string cartId, string claimId, Destination destination, string shippingMethod, IReadOnlyList<string> coupons, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(claimId);
        ArgumentNullException.ThrowIfNull(destination);
        return claimId.Length == 0
            ? ReadCartAsync(cartId, destination, shippingMethod, coupons, context)
            : ReadClaimAsync(claimId, destination, shippingMethod, context);
    }

    private async Task<PricedCart> ReadCartAsync(
        string cartId, Destination destination, string shippingMethod, IReadOnlyList<string> coupons, ServerCallContext context)
    {
        var cart = await carts.GetCartAsync(new GetCartRequest { CartId = cartId }, context.OnBehalfOfUser());
        if (cart.Lines.Count == 0)
            throw Refusal.Precondition("cart_empty", $"cart_id: the cart '{cartId}' is empty.");
        var products = await ReadProductsAsync(cart.Currency, cart.Lines.Select(line => (line.Sku, line.Quantity)), context);
        var entered = coupons.Select(code => code.Trim().ToUpperInvariant()).Union(cart.CouponCodes, StringComparer.Ordinal).ToList();
        if (entered.Count > MaxCoupons)
            throw Refusal.Precondition("too_many_coupons", $"coupon_codes: at most {MaxCoupons}, with those on the cart.");
        var priced = await PriceAsync(
            "cart_id", () => cart.Lines.Select(line => LineOf(line, products, cart.Currency)).ToList(), cart.Currency, destination, shippingMethod,
            (lines, shipping) => promotions.AssessAsync(lines, shipping, entered, context), context);
        return priced with { ChangedPrices = [.. cart.Notices.Where(notice => notice.Kind is CartNoticeKind.PriceChanged).Select(notice => notice.Detail)] };
    }

    private async Task<PricedCart> ReadClaimAsync(string claimId, Destination destination, string shippingMethod, ServerCallContext context)
    {
        var claim = await sales.GetClaimAsync(new GetClaimRequest { ClaimId = claimId }, context.OnBehalfOfUser());
        if (claim.Status is not FlashSaleClaimStatus.Open)
            throw Refusal.Precondition("claim_not_open", $"claim_id: the claim '{claimId}' was given back to its sale, or has an order.");
        var products = await ReadProductsAsync(claim.UnitPrice.Currency, [(claim.Sku, claim.Quantity)], context);
        if (!products.TryGetValue(claim.Sku, out var product) || !product.Active)
            throw Refusal.Precondition("product_unavailable", $"claim_id: {claim.Sku} is not for sale any more.");
        var price = MoneyAmount.From(claim.UnitPrice);
        return await PriceAsync(
            "claim_id", () => [LineOf(product, claim.Quantity, price)], price.Currency, destination, shippingMethod,
            (lines, _) => Task.FromResult(Discounting.None(lines.Count)), context);
    }

    private async Task<PricedCart> PriceAsync(
        string field, Func<List<QuoteLine>> lines, string currency, Destination destination, string shippingMethod,
        Func<IReadOnlyList<QuoteLine>, ShippingOption, Task<Discounting>> promote, ServerCallContext context)
    {
        try
        {
            var priced = await prices.PriceAsync(lines(), currency, destination, shippingMethod, promote, context.CancellationToken);
            // What costs nothing without a promotion that says so has the wrong price.
            var least = priced.Quote.Discounts.Count > 0 ? 0 : 1;
            return priced.Quote.Total.MinorUnits >= least && priced.Quote.Total.MinorUnits <= MoneyRules.Most
                ? priced
                : throw Refusal.Precondition("total_out_of_range", $"{field}: a total of {priced.Quote.Total} cannot be paid.");
        }
        catch (OverflowException)
        {
            throw Refusal.Precondition("total_out_of_range", $"{field}: the total is too large.");
        }
        catch (PricingException fault) when (fault.Obstacle is PricingObstacle.NoSuchMethod)
        {
            throw Refusal.Precondition(
                "shipping_method_unavailable", $"shipping_method: '{shippingMethod}' does not take this to {destination.Country}.");
        }
        catch (PricingException fault) when (fault.Obstacle is PricingObstacle.NotInCurrency)
        {
            throw Refusal.Precondition("currency_not_shipped", $"{field}: there are no delivery prices to {destination.Country} in {currency}.");
        }
        catch (PricingException)
        {
            throw Refusal.Precondition("not_shipped_there", $"shipping_address.country: nothing takes this to {destination.Country}.");
        }
    }

    private async Task<Dictionary<string, Product>> ReadProductsAsync(
        string currency, IEnumerable<(string Sku, int Quantity)> lines, ServerCallContext context)
    {
        var request = new GetProductsRequest { Currency = currency };
        foreach (var (sku, quantity) in lines)
        {
            request.Skus.Add(sku);
            request.Quantities[sku] = quantity;
        }

        // As the customer: prices may be those of his group. Asked as carts asks, so that what is charged is what was shown.
        var answer = await catalog.GetProductsAsync(request, context.OnBehalfOfUser());
        return answer.Products.ToDictionary(product => product.Sku, StringComparer.Ordinal);
    }

    private static QuoteLine LineOf(CartLine line, Dictionary<string, Product> products, string currency)
    {
        if (!products.TryGetValue(line.Sku, out var product) || !product.Active)
            throw Refusal.Precondition("product_unavailable", $"cart_id: {line.Sku} is not for sale any more; take it out of the cart.");
        var price = MoneyAmount.From(product.Price);
        if (price.Currency != currency)
            throw Refusal.Precondition("currency_differs", $"cart_id: {line.Sku} is sold in {price.Currency}, the cart is in {currency}.");
        // Nobody pays what he was not shown.
        if (line.UnitPrice is not null && MoneyAmount.From(line.UnitPrice) != price)
            throw Refusal.Precondition("price_changed", $"cart_id: {line.Sku} now costs {price}; read the cart again.");
        return LineOf(product, line.Quantity, price);
    }

    private static QuoteLine LineOf(Product product, int quantity, MoneyAmount price) => new(
        product.Sku, product.Title, quantity, price, product.TaxClass.Length == 0 ? QuoteLine.StandardClass : product.TaxClass, product.WeightGrams,
        product.Brand, product.Category);
}
