using Grpc.Core;
using NexusCart.Carts.V1;
using NexusCart.Catalog.V1;
using NexusCart.Orders.Domain;
using NexusCart.Orders.Pricing;
using NexusCart.Platform.Calls;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Values;
using CartsClient = NexusCart.Carts.V1.Carts.CartsClient;
using CatalogClient = NexusCart.Catalog.V1.Catalog.CatalogClient;

namespace NexusCart.Orders.Api;

/// <summary>Freezes what a cart costs, by the cart's units and the catalog's prices.</summary>
public sealed class QuoteReader(CartsClient carts, CatalogClient catalog, PriceDesk prices)
{
    /// <summary>Reads the customer's cart, as the customer, and adds it up.</summary>
    /// <param name="cartId">The cart.</param>
    /// <param name="destination">Where the goods go.</param>
    /// <param name="shippingMethod">How; empty for the cheapest way.</param>
    /// <param name="context">The customer's call.</param>
    /// <exception cref="RpcException">
    /// NOT_FOUND: there is no such cart, or it is somebody else's. FAILED_PRECONDITION: it is empty, or something in it cannot
    /// be bought or sent as it stands. UNAVAILABLE: carts or catalog did not answer.
    /// </exception>
    public async Task<PricedCart> ReadAsync(string cartId, Destination destination, string shippingMethod, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var cart = await carts.GetCartAsync(new GetCartRequest { CartId = cartId }, context.OnBehalfOfUser());
        if (cart.Lines.Count == 0)
            throw Refusal.Precondition("cart_empty", $"cart_id: the cart '{cartId}' is empty.");
        var products = await ReadProductsAsync(cart, context);
        try
        {
            var lines = cart.Lines.Select(line => LineOf(line, products, cart.Currency)).ToList();
            var priced = await prices.PriceAsync(lines, cart.Currency, destination, shippingMethod, context.CancellationToken);
            return priced.Quote.Total.MinorUnits is > 0 and <= MoneyRules.Most
                ? priced
                : throw Refusal.Precondition("total_out_of_range", $"cart_id: a total of {priced.Quote.Total} cannot be paid.");
        }
        catch (OverflowException)
        {
            throw Refusal.Precondition("total_out_of_range", $"cart_id: the total of the cart '{cartId}' is too large.");
        }
        catch (PricingException fault) when (fault.Obstacle is PricingObstacle.NoSuchMethod)
        {
            throw Refusal.Precondition(
                "shipping_method_unavailable", $"shipping_method: '{shippingMethod}' does not take this cart to {destination.Country}.");
        }
        catch (PricingException)
        {
            throw Refusal.Precondition("not_shipped_there", $"shipping_address.country: nothing takes this cart to {destination.Country}.");
        }
    }

    private async Task<Dictionary<string, Product>> ReadProductsAsync(Cart cart, ServerCallContext context)
    {
        var request = new GetProductsRequest();
        request.Skus.AddRange(cart.Lines.Select(line => line.Sku));
        var answer = await catalog.GetProductsAsync(request, new CallOptions(cancellationToken: context.CancellationToken));
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
        var taxClass = product.TaxClass.Length == 0 ? QuoteLine.StandardClass : product.TaxClass;
        return new QuoteLine(line.Sku, product.Title, line.Quantity, price, taxClass, product.WeightGrams);
    }
}
