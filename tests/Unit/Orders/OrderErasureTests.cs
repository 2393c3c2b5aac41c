using NexusCart.Orders.Actors;
using NexusCart.Orders.Checkout;
using NexusCart.Orders.Domain;
using NexusCart.Orders.Papers;
using NexusCart.Platform.Values;
using NexusCart.Workflows.Returns;

namespace NexusCart.Tests.Unit.Orders;

/// <summary>Whose account was erased is forgotten by his orders, as soon as they are closed, but for what his invoices have to say.</summary>
public sealed class OrderErasureTests
{
    private static readonly string[] Ann = ["ann@example.org", "Ann Other", "1 Harbour Street", "20457", "Hamburg", "pm_card_visa"];

    private readonly OrdersBench _bench = new();

    [Fact]
    public async Task A_closed_order_forgets_its_customer_at_once_and_keeps_what_its_papers_need()
    {
        var orderId = await DeliveredAsync();
        await _bench.SettleAsync();
        _bench.Engine.Becomes(orderId, SagaStanding.Completed);
        for (var delivery = 0; delivery < 2; delivery++)
            await _bench.Erasure.EraseAsync("ann", CancellationToken.None);
        await _bench.SettleAsync();

        var order = await ReadAsync(orderId);
        Assert.Equal(("", "", "DE"), (order.Email, order.PaymentMethod, order.ShippingAddress.Country));
        Assert.All(order.History, entry => Assert.DoesNotContain("leave it at the door", entry.Detail ?? "", StringComparison.Ordinal));
        Assert.Equal((1_000L, "A mug"), (order.Total.MinorUnits, order.Lines[0].Title));
        Assert.Equal("", order.After!.Shipments[0].TrackingNumber);
        // Who was invoiced is on the invoice and nowhere else.
        var kept = System.Text.Json.JsonSerializer.Serialize(order with { Recipient = null });
        Assert.All(Ann, datum => Assert.DoesNotContain(datum, kept, StringComparison.Ordinal));
        var invoice = await _bench.Papers.WriteAsync(order, Order.InvoiceId, CancellationToken.None);
        Assert.Contains("Ann Other<br>1 Harbour Street", invoice, StringComparison.Ordinal);

        Assert.Single(_bench.Publisher.Published, told => told.Type == "order.contact_erased.v1");
        Assert.Contains(orderId, _bench.Engine.Purged);
        await _bench.Erasure.LookAsync("ann");
        Assert.True(_bench.Books.Erased["ann"]);
    }

    [Fact]
    public async Task A_running_order_keeps_its_contact_data_until_it_is_closed()
    {
        var orderId = await _bench.SellAsync();
        await _bench.Erasure.EraseAsync("ann", CancellationToken.None);
        await _bench.ChangeAsync(new MoveShipment(orderId, Performer.Shop, "s1", ShipmentStatus.Shipped, null));
        Assert.Equal(("ann@example.org", "Ann Other"), ((await ReadAsync(orderId)).Email, (await ReadAsync(orderId)).ShippingAddress.FullName));

        // A refund under way is not the end, either.
        await _bench.ChangeAsync(new RequestRefund(orderId, Performer.Staff("sam"), new RequestKey("k", "b"), null, false, 100, "EUR", "for Ann"));
        await _bench.ChangeAsync(new MoveShipment(orderId, Performer.Shop, "s1", ShipmentStatus.Delivered, null));
        Assert.Equal("ann@example.org", (await ReadAsync(orderId)).Email);
        await _bench.AfterSales.EndRefundAsync(orderId, "f1", new(SettlementStep.Done, SettlementStep.NotNeeded));
        await _bench.SettleAsync();

        var order = await ReadAsync(orderId);
        Assert.Equal(("", "", ""), (order.Email, order.ShippingAddress.FullName, order.After!.Refunds[0].Reason));
        // Its last news still went to the customer, and before the end was told.
        Assert.Equal(
            ("ann@example.org", $"{orderId}:contact-erased"),
            (_bench.Publisher.Published.Single(told => told.Type == "order.refunded.v1").Data.GetProperty("email").GetString(),
                _bench.Publisher.Ids.Last(id => id.StartsWith(orderId, StringComparison.Ordinal) && !id.Contains("placed", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task An_order_whose_checkout_fails_later_forgets_everything_there_is_no_invoice()
    {
        var draft = _bench.Draft();
        await _bench.PlaceAsync(draft);
        await _bench.Erasure.EraseAsync("ann", CancellationToken.None);
        await _bench.Journal.BeginAsync(draft.OrderId);
        Assert.Equal("ann@example.org", (await ReadAsync(draft.OrderId)).Email);
        await _bench.Journal.CancelAsync(draft.OrderId, "card_declined", "The card was declined.", []);
        await _bench.SettleAsync();

        var order = await ReadAsync(draft.OrderId);
        Assert.Equal((OrderStatus.Cancelled, "", "card_declined"), (order.Status, order.Email, order.Reason));
        Assert.Null(order.Recipient);
        Assert.Equal("ann@example.org", _bench.Publisher.Published.Single(told => told.Type == "order.cancelled.v1").Data.GetProperty("email").GetString());
    }

    [Fact]
    public async Task Claimed_orders_are_forgotten_too_and_one_that_was_claimed_at_the_last_moment()
    {
        var early = await DeliveredAsync("guest-1", "k1", guest: true);
        var late = await DeliveredAsync("guest-2", "k2", guest: true);
        var others = await DeliveredAsync("bob", "k3");
        await _bench.ChangeAsync(new ClaimOrder(early, "ann"));
        await _bench.SettleAsync();
        await _bench.Erasure.EraseAsync("ann", CancellationToken.None);
        // The account was still there when it claimed; the note of it arrives after the end.
        await _bench.ChangeAsync(new ClaimOrder(late, "ann"));
        await _bench.SettleAsync();

        Assert.Equal(("", ""), ((await ReadAsync(early)).Email, (await ReadAsync(late)).Email));
        Assert.Equal("ann@example.org", (await ReadAsync(others)).Email);
    }

    [Fact]
    public async Task A_later_look_finds_what_was_placed_meanwhile()
    {
        await _bench.Erasure.EraseAsync("ann", CancellationToken.None);
        var orderId = await DeliveredAsync();
        Assert.False(_bench.Books.Erased["ann"]);
        await _bench.Erasure.LookAsync("ann");
        Assert.Equal("", (await ReadAsync(orderId)).Email);
        Assert.True(_bench.Books.Erased["ann"]);
    }

    [Fact]
    public async Task Many_orders_are_all_found()
    {
        var orders = new List<string>();
        for (var i = 0; i < 120; i++)
            orders.Add(await DeliveredAsync(key: $"many-{i}"));
        await _bench.Erasure.EraseAsync("ann", CancellationToken.None);
        foreach (var orderId in orders)
            Assert.NotNull((await ReadAsync(orderId)).ContactErasedAt);
    }

    [Fact]
    public void Money_and_taxes_stay_and_a_later_refund_still_adds_up()
    {
        var order = Some.Order() with { Status = OrderStatus.Delivered, After = new Aftercare { IsPlanned = true } };
        var erased = order.RequestErasure("ann", Some.Noon).EraseIfDue(Some.Noon);
        Assert.NotNull(erased.ContactErasedAt);
        Assert.Same(erased, erased.EraseIfDue(Some.Noon));
        Assert.Same(order, order.RequestErasure("bob", Some.Noon));
        var refunding = erased.RefundAmount(new RequestKey("k", "b"), new MoneyAmount(400, "EUR"), "late", Performer.Staff("sam"), Some.Noon);
        Assert.Null(refunding.Denied);
        var refunded = refunding.Order.EndRefund("f1", StepEnd.Done, "", Some.Noon);
        Assert.Equal((400L, 600L), (refunded.Refunded.MinorUnits, refunded.Refundable.MinorUnits));
        var credit = PaperPage.Write(
            refunded.KeepDocument(new IssuedDocument("credit-f1", "NC-C2030-000001", Some.Noon)), "credit-f1", new PaperOptions());
        Assert.Contains("Ann Other", credit, StringComparison.Ordinal);
    }

    private async Task<string> DeliveredAsync(string customer = "ann", string key = "key-1", bool guest = false)
    {
        var orderId = await _bench.SellAsync(customer, key, order => order with { IsGuest = guest });
        await _bench.ChangeAsync(new TrackShipment(orderId, Performer.Staff("sam"), "s1", "Post", "leave it at the door"));
        await _bench.ChangeAsync(new MoveShipment(orderId, Performer.Shop, "s1", ShipmentStatus.Shipped, null));
        await _bench.ChangeAsync(new MoveShipment(orderId, Performer.Shop, "s1", ShipmentStatus.Delivered, null));
        return orderId;
    }

    private async Task<Order> ReadAsync(string orderId) => (await _bench.Store.ReadAsync(orderId, CancellationToken.None))!;
}
