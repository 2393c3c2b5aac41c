using NexusCart.Catalog.V1;
using NexusCart.Cli.Shop;
using NexusCart.Inventory.V1;
using NexusCart.Orders.V1;
using Spectre.Console;

namespace NexusCart.Cli.Demo;

/// <summary>
/// Walks a purchase end to end against a running shop and prints the saga's steps as they happen; then a declined card; then an item
/// that the buyer before has taken the last unit of. Each act says what it expects and is held to it.
/// </summary>
public sealed class PurchaseDemo(ShopClient shop, IAnsiConsole console)
{
    private const int SampleSize = 200;

    /// <summary>Plays all acts; false when one did not end as it must.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellation)
    {
        var goods = await FindGoodsAsync(cancellation);
        if (goods.Count < 4)
        {
            console.MarkupLine("[red]The shop has too few products in stock for a demo; seed or import a catalogue first.[/]");
            return false;
        }

        var good = await SuccessAsync(goods, cancellation);
        good &= await DeclinedAsync(goods[^1], cancellation);
        good &= await SoldOutAsync(goods[0], cancellation);
        console.WriteLine();
        console.MarkupLine(good ? "[green]All three acts ended as they must.[/]" : "[red]An act did not end as it must.[/]");
        return good;
    }

    private async Task<bool> SuccessAsync(IReadOnlyList<Goods> goods, CancellationToken cancellation)
    {
        Title("A purchase", "three items, a card that works: reserve, authorise, confirm, capture, complete");
        var basket = new[] { (goods[1].Product.Sku, 1), (goods[2].Product.Sku, 1), (goods[3].Product.Sku, 1) };
        var order = await BuyAsync(basket, "pm_card_visa", cancellation);
        return Expect(order, OrderStatus.Paid, reason: "");
    }

    private async Task<bool> DeclinedAsync(Goods goods, CancellationToken cancellation)
    {
        Title("A declined card", "the units are held, the card says no, the units go back");
        var before = await AvailableAsync(goods.Product.Sku, cancellation);
        var order = await BuyAsync([(goods.Product.Sku, 1)], "pm_card_visa_chargeDeclined", cancellation);
        var after = await AvailableAsync(goods.Product.Sku, cancellation);
        console.MarkupLineInterpolated($"   units for sale before and after: {before} and {after}");
        return Expect(order, OrderStatus.Cancelled, "card_declined") & (before == after || Complain("The held units did not come back."));
    }

    private async Task<bool> SoldOutAsync(Goods goods, CancellationToken cancellation)
    {
        Title("A sold-out item", "two buyers want the last units; the second is never charged");
        var left = await AvailableAsync(goods.Product.Sku, cancellation);
        console.MarkupLineInterpolated($"   buyer one takes all {left} of {goods.Product.Title}");
        var first = await BuyAsync([(goods.Product.Sku, left)], "pm_card_visa", cancellation);
        console.MarkupLineInterpolated($"   buyer two wants one");
        var second = await BuyAsync([(goods.Product.Sku, 1)], "pm_card_visa", cancellation);
        return Expect(first, OrderStatus.Paid, reason: "") & Expect(second, OrderStatus.Cancelled, "out_of_stock");
    }

    private async Task<Order> BuyAsync(IReadOnlyList<(string Sku, int Quantity)> lines, string paymentMethod, CancellationToken cancellation)
    {
        var shopper = new DemoShopper(shop, await shop.GetTokenAsync(subject: null, roles: [], cancellation));
        var cart = await shopper.FillCartAsync(lines, cancellation);
        foreach (var line in cart.Lines)
            console.MarkupLineInterpolated($"   [grey]cart[/]   {line.Quantity} × {line.Title} [grey]({Show(line.LineTotal)})[/]");

        var order = await shopper.BuyAsync(cart, paymentMethod, PrintStep, cancellation);
        if (order.Shipping is { } shipping)
            console.MarkupLineInterpolated($"   [grey]ship[/]   {shipping.Name} [grey]({Show(shipping.Price)})[/]");
        foreach (var tax in order.Taxes)
            console.MarkupLineInterpolated($"   [grey]tax[/]    {tax.RateBasisPoints / 100m:0.##} % {(order.TaxIncluded ? "included" : "on top")} [grey]({Show(tax.Amount)})[/]");
        console.MarkupLineInterpolated($"   [grey]order[/]  {order.OrderId}  {Show(order.Total)}  [bold]{order.Status}[/] {order.Reason}");
        return order;
    }

    private void PrintStep(OrderEvent step)
    {
        var colour = step.Outcome switch
        {
            "succeeded" => "green",
            "compensated" => "yellow",
            "refused" or "failed" => "red",
            _ => "grey",
        };
        console.MarkupLine($"   [grey]saga[/]   {step.At.ToDateTime():HH:mm:ss.fff}  {Markup.Escape(step.Step),-10} [{colour}]{Markup.Escape(step.Outcome),-12}[/] [grey]{Markup.Escape(step.Detail)}[/]");
    }

    private bool Expect(Order order, OrderStatus status, string reason) =>
        (order.Status == status && order.Reason.StartsWith(reason, StringComparison.Ordinal))
        || Complain($"Expected {status} {reason}, got {order.Status} {order.Reason}: {order.ReasonDetail}");

    private bool Complain(string what)
    {
        console.MarkupLineInterpolated($"   [red]{what}[/]");
        return false;
    }

    private void Title(string act, string story)
    {
        console.WriteLine();
        console.MarkupLineInterpolated($"[bold]{act}[/] [grey]— {story}[/]");
    }

    /// <summary>Products that are in stock, scarcest first.</summary>
    private async Task<List<Goods>> FindGoodsAsync(CancellationToken cancellation)
    {
        var page = await shop.Catalog.ListProductsAsync(new ListProductsRequest { PageSize = SampleSize }, cancellationToken: cancellation);
        var products = page.Products.ToDictionary(product => product.Sku);
        var stock = await shop.Inventory.GetAvailabilityAsync(
            new GetAvailabilityRequest { Skus = { products.Keys } }, cancellationToken: cancellation);
        return [.. stock.Items
            .Where(item => item.Available is > 0 and <= 10_000 && products[item.Sku].Active)
            .OrderBy(item => item.Available)
            .Select(item => new Goods(products[item.Sku], item.Available))];
    }

    private async Task<int> AvailableAsync(string sku, CancellationToken cancellation) =>
        (await shop.Inventory.GetSkuAvailabilityAsync(new GetSkuAvailabilityRequest { Sku = sku }, cancellationToken: cancellation)).Available;

    // The demo's catalogues are priced in currencies of two decimals.
    private static string Show(Common.V1.Money money) => $"{money.MinorUnits / 100}.{money.MinorUnits % 100:D2} {money.Currency}";

    private sealed record Goods(Product Product, int Available);
}
