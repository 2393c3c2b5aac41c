using NexusCart.Orders.Domain;
using NexusCart.Orders.Papers;
using NexusCart.Platform.Values;
using NexusCart.Workflows.Returns;

namespace NexusCart.Tests.Unit.Orders;

/// <summary>Invoices and credit notes.</summary>
public class PaperTests
{
    private readonly OrdersBench _bench = new();

    [Fact]
    public async Task Numbers_have_no_gaps_and_a_document_keeps_its_own()
    {
        var orders = new List<string>();
        for (var i = 0; i < 4; i++)
            orders.Add(await _bench.SellAsync(key: $"key-{i}"));
        foreach (var orderId in orders.Concat(orders))
            await _bench.Papers.IssueAsync(orderId, Order.InvoiceId, CancellationToken.None);

        var numbers = new List<string>();
        foreach (var orderId in orders)
            numbers.Add((await ReadAsync(orderId)).DocumentOf(Order.InvoiceId)!.Number);
        Assert.Equal(["NC-I2030-000001", "NC-I2030-000002", "NC-I2030-000003", "NC-I2030-000004"], numbers);
    }

    [Fact]
    public async Task The_invoice_comes_with_the_first_shipment_and_a_credit_note_with_its_refund()
    {
        var orderId = await _bench.SellAsync();
        await _bench.ChangeAsync(new NexusCart.Orders.Actors.MoveShipment(orderId, Performer.Shop, "s1", ShipmentStatus.Shipped, null));
        await _bench.SettleAsync();
        Assert.Equal([(Order.InvoiceId, "NC-I2030-000001")], (await ReadAsync(orderId)).After!.Documents.Select(document => (document.Id, document.Number)));

        await _bench.ChangeAsync(new NexusCart.Orders.Actors.RequestRefund(
            orderId, Performer.Shop, new RequestKey("k", "b"), [new Units("mug", 1)], false, 0, "", "scratched"));
        await _bench.AfterSales.EndRefundAsync(orderId, "f1", new SettlementReport(SettlementStep.Done, SettlementStep.NotNeeded));
        await _bench.SettleAsync();
        var order = await ReadAsync(orderId);
        Assert.Equal("NC-C2030-000001", order.DocumentOf("credit-f1")?.Number);

        var page = await _bench.Papers.WriteAsync(order, "credit-f1", CancellationToken.None);
        Assert.Contains("<td class=\"n\">5.00 EUR</td>", page, StringComparison.Ordinal);
        Assert.Contains("NC-I2030-000001", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invoice_says_what_was_sold_and_taxed_and_stays_the_same()
    {
        var orderId = await _bench.SellAsync(change: Taxed);
        var order = await ReadAsync(orderId);
        var first = await _bench.Papers.WriteAsync(order, Order.InvoiceId, CancellationToken.None);
        _bench.Clock.Advance(TimeSpan.FromDays(3));
        var later = await _bench.Papers.WriteAsync(await ReadAsync(orderId), Order.InvoiceId, CancellationToken.None);

        Assert.Equal(first, later);
        Assert.Contains("NC-I2030-000001", first, StringComparison.Ordinal);
        Assert.Contains("Includes 19 % tax on 8.40 EUR</td><td class=\"n\">1.60 EUR", first, StringComparison.Ordinal);
        Assert.Contains("Total</td><td class=\"n\">10.00 EUR", first, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", first, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("http", first, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task What_customers_wrote_is_never_markup()
    {
        var orderId = await _bench.SellAsync(change: order => order with
        {
            ShippingAddress = order.ShippingAddress with { FullName = "<script>alert(1)</script>", Line1 = "\"><img src=x onerror=alert(1)>" },
            Lines = [order.Lines[0] with { Title = "<b>A mug</b>" }],
        });
        var page = await _bench.Papers.WriteAsync(await ReadAsync(orderId), Order.InvoiceId, CancellationToken.None);

        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<b>", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_order_that_was_not_paid_has_no_invoice()
    {
        var draft = _bench.Draft();
        await _bench.PlaceAsync(draft);
        Assert.Null(await _bench.Papers.IssueAsync(draft.OrderId, Order.InvoiceId, CancellationToken.None));
        var orderId = await _bench.SellAsync(key: "key-2");
        Assert.Null(await _bench.Papers.IssueAsync(orderId, "credit-f1", CancellationToken.None));
        Assert.Null(await _bench.Papers.IssueAsync(orderId, "nonsense", CancellationToken.None));
    }

    private static Order Taxed(Order order) => order with
    {
        Taxes = [new TaxTotal(1_900, new MoneyAmount(840, "EUR"), new MoneyAmount(160, "EUR"))],
        Lines = [order.Lines[0] with { Tax = new Tax(1_900, new MoneyAmount(160, "EUR")) }],
    };

    private async Task<Order> ReadAsync(string orderId) => (await _bench.Store.ReadAsync(orderId, CancellationToken.None))!;
}
