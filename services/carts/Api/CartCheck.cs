using Grpc.Core;
using NexusCart.Carts.Actors;
using NexusCart.Carts.Domain;
using NexusCart.Carts.V1;
using NexusCart.Catalog.V1;
using NexusCart.Inventory.V1;
using NexusCart.Orders.V1;
using NexusCart.Platform.Calls;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Values;
using Cart = NexusCart.Carts.V1.Cart;
using InventoryClient = NexusCart.Inventory.V1.Inventory.InventoryClient;
using OrdersClient = NexusCart.Orders.V1.Orders.OrdersClient;

namespace NexusCart.Carts.Api;

/// <summary>
/// Looks at a cart again before its owner buys: at its stock, and at what it would cost. Where somebody who has to be asked is away, the
/// cart says so and leaves out what it cannot tell.
/// </summary>
public sealed partial class CartCheck(InventoryClient inventory, OrdersClient orders, ILogger<CartCheck> logger)
{
    /// <summary>The cart with notices about its stock, and with totals where a country was given.</summary>
    public async Task<Cart> LookAsync(
        CartView cart, IReadOnlyDictionary<string, Product> products, GetCartRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(cart);
        ArgumentNullException.ThrowIfNull(request);
        if (request.Country.Length > 0 && !(request.Country.Length == 2 && request.Country.All(char.IsAsciiLetterUpper)))
            throw Refusal.Invalid("country", "must be an ISO 3166-1 code of two upper-case letters, like DE");

        var stock = StockAsync(cart, context.CancellationToken);
        var quote = request.Country.Length > 0 ? QuoteAsync(request, context) : Task.FromResult<Quoted?>(null);
        var (available, quoted) = (await stock, await quote);

        var message = cart.ToMessage(products, available);
        if (available is null)
            message.Notices.Add(Notice(CartNoticeKind.StockUnchecked, "The stock could not be looked at; the units may or may not be there."));
        if (quoted is not { } told)
            return message;
        if (told.Quote is null)
            message.Notices.Add(Notice(CartNoticeKind.TotalsUnavailable, told.WhyNot));
        else if (MoneyAmount.From(told.Quote.Subtotal) != MoneyAmount.From(message.Total))
            message.Notices.Add(Notice(CartNoticeKind.TotalsUnavailable, "The cart changed while it was added up; read it again."));
        else
            message.Totals = told.Quote.ToTotals();
        return message;
    }

    /// <summary>The notices that hold now.</summary>
    /// <exception cref="RpcException">UNAVAILABLE: the stock could not be looked at.</exception>
    public async Task<IReadOnlyList<LineNotice>> NoticesAsync(
        CartView cart, IReadOnlyDictionary<string, Product> products, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(cart);
        var available = await StockAsync(cart, cancellationToken)
            ?? throw Refusal.Unavailable("The stock cannot be looked at, at the moment; nothing was done.");
        return [.. cart.NoticesOf(products, available)];
    }

    private async Task<IReadOnlyDictionary<string, int>?> StockAsync(CartView cart, CancellationToken cancellationToken)
    {
        if (cart.Items.Count == 0)
            return new Dictionary<string, int>();
        var request = new GetAvailabilityRequest();
        request.Skus.AddRange(cart.Items.Select(item => item.Sku));
        try
        {
            var answer = await inventory.GetAvailabilityAsync(request, cancellationToken: cancellationToken);
            return answer.Items.ToDictionary(item => item.Sku, item => item.Available, StringComparer.Ordinal);
        }
        catch (RpcException fault) when (!cancellationToken.IsCancellationRequested)
        {
            LogAway(logger, "inventory", fault.StatusCode);
            return null;
        }
    }

    private async Task<Quoted?> QuoteAsync(GetCartRequest request, ServerCallContext context)
    {
        try
        {
            return new Quoted(await orders.QuoteCheckoutAsync(
                new QuoteCheckoutRequest
                {
                    CartId = request.CartId,
                    Country = request.Country,
                    Region = request.Region,
                    PostalCode = request.PostalCode,
                    ShippingMethod = request.ShippingMethod,
                },
                context.OnBehalfOfUser()));
        }
        catch (RpcException refusal) when (refusal.StatusCode is StatusCode.FailedPrecondition)
        {
            return new Quoted(null, refusal.Status.Detail);
        }
        catch (RpcException fault) when (fault.StatusCode is not StatusCode.InvalidArgument && !context.CancellationToken.IsCancellationRequested)
        {
            LogAway(logger, "orders", fault.StatusCode);
            return new Quoted(null, "What the cart costs cannot be told at the moment.");
        }
    }

    private static CartNotice Notice(CartNoticeKind kind, string detail) => new() { Kind = kind, Detail = detail };

    [LoggerMessage(Level = LogLevel.Warning, Message = "{AppId} was asked about a cart and did not answer: {Status}")]
    private static partial void LogAway(ILogger logger, string appId, StatusCode status);

    private readonly record struct Quoted(CheckoutQuote? Quote, string WhyNot = "");
}
