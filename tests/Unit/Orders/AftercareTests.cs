using System.Text.Json;
using CsCheck;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Values;

namespace NexusCart.Tests.Unit.Orders;

/// <summary>An order's life after its checkout: whatever happens in whatever order, units and money stay accounted for.</summary>
public class AftercareTests
{
    private static readonly Performer Staff = Performer.Staff("sam");

    private delegate Order Verb(Order order, int number);

    /// <summary>Everything that people and sagas do, sensible or not, also too late and twice.</summary>
    private static readonly Gen<Verb> Verbs = Gen.Frequency(
        (2, Gen.Const<Verb>((order, _) => order.PlanShipments(Some.Noon))),
        (4, Lines(3).Select<IReadOnlyList<Units>, Verb>(lines => (order, number) => order.CreateShipment(Key(number), "", lines, Staff, Some.Noon).Order)),
        (8, Gen.Select(Gen.Int[1, 6], Gen.Enum<ShipmentStatus>(), (shipment, to) => (Verb)((order, _) => order.MoveShipment($"s{shipment}", to, Staff, Some.Noon).Order))),
        (1, Gen.Bool.Select<bool, Verb>(byStaff => (order, number) => order.RequestCancel(Key(number), "no more", byStaff ? Staff : Performer.Customer, Some.Noon).Order)),
        (3, Gen.Select(Gen.Int[1, 3], Ends, (id, end) => (Verb)((order, _) => order.EndCancel($"c{id}", end, Some.Noon)))),
        (2, Gen.Select(Lines(2), Gen.Bool, (lines, shipping) => (Verb)((order, number) => order.RefundLines(Key(number), lines, shipping, "", Staff, Some.Noon).Order))),
        (2, Gen.Long[1, 900].Select<long, Verb>(amount => (order, number) => order.RefundAmount(Key(number), new MoneyAmount(amount, "EUR"), "", Staff, Some.Noon).Order)),
        (3, Gen.Select(Gen.Int[1, 6], Gen.Enum<StepEnd>(), (id, end) => (Verb)((order, _) => order.EndRefund($"f{id}", end, "no", Some.Noon)))),
        (4, Lines(2).Select<IReadOnlyList<Units>, Verb>(lines => (order, number) => order.RequestReturn(Key(number), lines, "too small", Performer.Customer, Some.Noon).Order)),
        (3, Gen.Select(Gen.Int[1, 4], Gen.Bool, (id, approve) => (Verb)((order, _) => order.DecideReturn($"r{id}", approve, "", Staff, Some.Noon).Order))),
        (3, Gen.Select(Gen.Int[1, 4], Lines(2), Gen.Bool, (id, lines, sale) => (Verb)((order, _) => order.ReceiveReturn(
            $"r{id}", [.. lines.Select(line => new ReceivedUnits(line.Sku, line.Quantity, "", sale))], Staff, Some.Noon).Order))),
        (1, Gen.Int[1, 4].Select<int, Verb>(id => (order, _) => order.ExpireReturn($"r{id}", Some.Noon))),
        (3, Gen.Select(Gen.Int[1, 4], Ends, (id, end) => (Verb)((order, _) => order.EndReturn($"r{id}", end, Some.Noon)))),
        (2, Gen.Select(Gen.Int[1, 4], Gen.Bool, (id, retry) => (Verb)((order, _) => retry
            ? order.RetryTask($"t{id}", "", Staff, Some.Noon).Order
            : order.ResolveTask($"t{id}", "", Staff, Some.Noon).Order))));

    private static Gen<SettlementEnd> Ends => Gen.Select(Gen.Enum<StepEnd>(), Gen.Enum<StepEnd>(), (money, stock) => new SettlementEnd(money, stock, "no"));

    [Fact]
    public void Only_declared_transitions_happen_and_ends_stay_ends() => Verbs.Array[1, 40].Sample(
        verbs => Walk(verbs, (before, after) =>
        {
            if (before.Status == after.Status)
                return;
            Assert.Contains(OrderTransitions.Rows, row => row.From == before.Status && row.To == after.Status && (row.Guard is null || row.Guard == after.Progress));
            Assert.True(before.Status is not (OrderStatus.Cancelled or OrderStatus.Delivered));
        }),
        iter: 2_000);

    [Fact]
    public void Every_unit_is_in_one_place() => Verbs.Array[1, 40].Sample(
        verbs => Walk(verbs, (_, after) =>
        {
            foreach (var line in after.Lines)
            {
                var planned = after.After!.Shipments.Where(shipment => shipment.Status is ShipmentStatus.Planned)
                    .SelectMany(shipment => shipment.Lines).Where(units => units.Sku == line.Sku).Sum(units => units.Quantity);
                Assert.InRange(after.Unsent(line.Sku), planned, line.Quantity);
                Assert.Equal(line.Quantity, after.Shipped(line.Sku) + after.Cancelled(line.Sku) + after.Unsent(line.Sku));
                Assert.InRange(after.Returned(line.Sku), 0, after.Shipped(line.Sku));
            }
        }),
        iter: 2_000);

    [Fact]
    public void No_more_is_given_back_than_was_taken_and_a_cancelled_order_keeps_nothing() => Verbs.Array[1, 40].Sample(
        verbs => Walk(verbs, (_, after) =>
        {
            Assert.InRange(after.Refunded.MinorUnits + after.Refunding.MinorUnits, 0, after.Total.MinorUnits);
            Assert.True(after.Refundable.MinorUnits >= 0);
            if (after.Status is OrderStatus.Cancelled)
                Assert.Equal((after.Total, 0L), (after.Refunded + after.Refunding, after.Refundable.MinorUnits));
        }),
        iter: 2_000);

    [Fact]
    public void Duplicates_change_nothing() => Gen.Select(Verbs.Array[0, 30], Verbs).Sample(
        (before, verb) =>
        {
            var order = Paid();
            for (var i = 0; i < before.Length; i++)
                order = before[i](order, i);
            var once = verb(order, before.Length);
            var twice = verb(once, before.Length);
            Assert.Equal(JsonSerializer.Serialize(once), JsonSerializer.Serialize(twice));
        },
        iter: 2_000);

    [Fact]
    public void Shipments_are_planned_by_warehouse_and_what_no_warehouse_has_stays_open()
    {
        var order = Paid([new Allocation("mug", "north", 2), new Allocation("mug", "south", 1), new Allocation("tea", "north", 1)]).PlanShipments(Some.Noon);

        Assert.Equal(
            [("s1", "north", "mug 2, tea 1"), ("s2", "south", "mug 1")],
            order.After!.Shipments.Select(shipment => (shipment.Id, shipment.WarehouseId, string.Join(", ", shipment.Lines.Select(line => $"{line.Sku} {line.Quantity}")))));
        Assert.Equal(3, order.Unsent("tea"));
        Assert.Same(order, order.PlanShipments(Some.Noon));
    }

    [Fact]
    public void A_split_takes_units_out_of_planned_shipments()
    {
        var order = Paid().PlanShipments(Some.Noon);
        var split = order.CreateShipment(Key(1), "south", [new Units("mug", 1)], Staff, Some.Noon).Order;
        Assert.Equal([("main", 2), ("south", 1)], split.After!.Shipments.Select(shipment => (shipment.WarehouseId, shipment.Lines.First(line => line.Sku == "mug").Quantity)));

        var left = split.MoveShipment("s2", ShipmentStatus.Shipped, Staff, Some.Noon).Order;
        Assert.Equal(OrderStatus.PartiallyShipped, left.Status);
        Assert.Equal("exceeds_open_quantity", left.CreateShipment(Key(2), "", [new Units("mug", 3)], Staff, Some.Noon).Denied?.Reason);

        var all = left.MoveShipment("s1", ShipmentStatus.Shipped, Staff, Some.Noon).Order;
        Assert.Equal(OrderStatus.Shipped, all.Status);
        var arrived = all.MoveShipment("s1", ShipmentStatus.Delivered, Staff, Some.Noon).Order.MoveShipment("s2", ShipmentStatus.Delivered, Staff, Some.Noon).Order;
        Assert.Equal(OrderStatus.Delivered, arrived.Status);
    }

    [Fact]
    public void A_customer_cancels_before_anything_was_sent_and_staff_the_rest_afterwards()
    {
        var order = Paid().PlanShipments(Some.Noon).CreateShipment(Key(1), "", [new Units("mug", 1)], Staff, Some.Noon).Order;
        var whole = order.RequestCancel(Key(2), "", Performer.Customer, Some.Noon).Order;
        Assert.Equal((OrderStatus.Cancelling, order.Total), (whole.Status, whole.Refunding));
        Assert.Equal("shipment_moved_on", whole.MoveShipment("s1", ShipmentStatus.Shipped, Staff, Some.Noon).Denied?.Reason);
        Assert.Equal("not_shippable", whole.CreateShipment(Key(3), "", [new Units("mug", 1)], Staff, Some.Noon).Denied?.Reason);
        Assert.Equal(OrderStatus.Cancelled, whole.EndCancel("c1", new SettlementEnd(StepEnd.Done, StepEnd.Done), Some.Noon).Status);

        var sent = order.MoveShipment("s2", ShipmentStatus.Shipped, Staff, Some.Noon).Order;
        Assert.Equal("already_shipped", sent.RequestCancel(Key(2), "", Performer.Customer, Some.Noon).Denied?.Reason);
        var rest = sent.RequestCancel(Key(2), "", Staff, Some.Noon).Order.EndCancel("c1", new SettlementEnd(StepEnd.Done, StepEnd.Done), Some.Noon);
        Assert.Equal((OrderStatus.Shipped, 2, 3), (rest.Status, rest.Cancelled("mug"), rest.Cancelled("tea")));
        Assert.Equal(PaymentState.PartiallyRefunded, rest.PaymentState);
    }

    [Fact]
    public void A_refused_refund_opens_a_cancelled_order_again_and_asks_staff()
    {
        var order = Paid().PlanShipments(Some.Noon).RequestCancel(Key(1), "", Performer.Customer, Some.Noon).Order
            .EndCancel("c1", new SettlementEnd(StepEnd.Refused, StepEnd.NotNeeded, "the provider says no"), Some.Noon);

        Assert.Equal((OrderStatus.Paid, true, order.Total), (order.Status, order.WaitsForStaff, order.Refundable));
        Assert.Equal(3, order.After!.Shipments[^1].Lines.First(line => line.Sku == "mug").Quantity);
        var again = order.RetryTask("t1", "try again", Staff, Some.Noon).Order;
        Assert.Equal((OrderStatus.Cancelling, false, "f2"), (again.Status, again.WaitsForStaff, again.After!.Cancellations[^1].RefundId));
    }

    [Fact]
    public void A_refused_refund_is_tried_again_under_a_new_id_and_an_unknown_one_under_the_same()
    {
        var asked = Paid().RefundAmount(Key(1), new MoneyAmount(100, "EUR"), "", Staff, Some.Noon).Order;
        var unknown = asked.EndRefund("f1", StepEnd.Unknown, "no answer", Some.Noon);
        Assert.Equal(100, unknown.Refunding.MinorUnits);
        var sameAgain = unknown.RetryTask("t1", "", Staff, Some.Noon).Order.After!.Refunds[0];
        Assert.Equal(("f1", 2), (sameAgain.PaymentRefundId, sameAgain.Attempt));

        var refused = asked.EndRefund("f1", StepEnd.Refused, "no", Some.Noon);
        Assert.Equal(0, refused.Refunding.MinorUnits);
        var newAgain = refused.RetryTask("t1", "", Staff, Some.Noon).Order.After!.Refunds[0];
        Assert.Equal(("f1-1", 2), (newAgain.PaymentRefundId, newAgain.Attempt));
    }

    [Fact]
    public void A_parked_checkout_is_tried_again_or_settled_by_hand()
    {
        var parked = Some.Order().Begin(Some.Noon).Park("capture_failed", "void got no answer", [], Some.Noon);
        Assert.Equal("checkout", parked.Tasks.Single().Kind);
        Assert.Equal(OrderStatus.Processing, parked.RetryTask("checkout", "", Staff, Some.Noon).Order.Status);
        var resolved = parked.ResolveTask("checkout", "voided in the provider's console", Staff, Some.Noon).Order;
        Assert.Equal((OrderStatus.Cancelled, CancelReasons.Resolved), (resolved.Status, resolved.Reason));
        Assert.Same(resolved, resolved.ResolveTask("checkout", "", Staff, Some.Noon).Order);
    }

    private static Gen<IReadOnlyList<Units>> Lines(int most) => Gen.Select(Gen.Int[0, most], Gen.Int[0, most], (mugs, teas) =>
        (IReadOnlyList<Units>)[.. new[] { new Units("mug", mugs), new Units("tea", teas) }.Where(line => line.Quantity > 0)]);

    private static void Walk(Verb[] verbs, Action<Order, Order> check)
    {
        var order = Paid();
        for (var i = 0; i < verbs.Length; i++)
        {
            var next = verbs[i](order, i);
            check(order, next);
            order = next;
        }
    }

    private static Order Paid(IReadOnlyList<Allocation>? allocations = null) => (Some.Order() with
    {
        Lines =
        [
            new OrderLine("mug", "A mug", 3, new MoneyAmount(333, "EUR"), new MoneyAmount(999, "EUR")),
            new OrderLine("tea", "Tea", 3, new MoneyAmount(101, "EUR"), new MoneyAmount(303, "EUR")),
        ],
        Total = new MoneyAmount(1_302, "EUR"),
    }).Begin(Some.Noon).Complete([], Some.Noon, allocations ?? [new Allocation("mug", "main", 3), new Allocation("tea", "main", 3)]);

    private static RequestKey Key(int number) => new($"key-{number}", "body");
}
