using CsCheck;
using NexusCart.Orders.Domain;

namespace NexusCart.Tests.Unit.Orders;

public class OrderStateTests
{
    private static readonly string[] Steps = ["reserve", "authorise", "confirm", "capture", "complete", "release", "void", "restock", "refund"];
    private static readonly string[] Outcomes = ["started", "succeeded", "refused", "failed", "compensated"];

    private static readonly Gen<HistoryEntry> Entries = Gen.Select(
        Gen.OneOf(Steps), Gen.OneOf(Outcomes), Gen.Int[0, 1000], (step, outcome, second) => Some.Step(step, outcome, second));

    /// <summary>What a saga that runs at least once might do to its order, in any order.</summary>
    private static readonly Gen<Func<Order, DateTimeOffset, Order>> Verbs = Gen.OneOf(
        Gen.Const<Func<Order, DateTimeOffset, Order>>((order, now) => order.Begin(now)),
        Entries.Select(entry => new Func<Order, DateTimeOffset, Order>((order, now) => order.Report([entry], now))),
        Gen.Const<Func<Order, DateTimeOffset, Order>>((order, now) => order.RequireAction(Some.Action, Some.Step("authorise", "started"), now)),
        Gen.Const<Func<Order, DateTimeOffset, Order>>((order, now) => order.Complete([Some.Step("complete", "succeeded")], now)),
        Gen.Const<Func<Order, DateTimeOffset, Order>>((order, now) => order.Cancel("card_declined", "No.", [Some.Step("release", "compensated")], now)),
        Gen.Const<Func<Order, DateTimeOffset, Order>>((order, now) => order.Park("capture_failed", "Void is left.", [], now)),
        Gen.Const<Func<Order, DateTimeOffset, Order>>((order, now) => order.Abandon("checkout_not_started", "Too late.", now)));

    [Fact]
    public void An_end_is_an_end() => Verbs.Array[0, 12].Sample(verbs =>
    {
        var order = Some.Order();
        foreach (var verb in verbs)
        {
            var next = verb(order, Some.Noon);
            if (order.IsAtEnd)
                Assert.Same(order, next);
            order = next;
        }
    });

    [Fact]
    public void Every_verb_is_idempotent() => Gen.Select(Verbs.Array[0, 8], Verbs).Sample((before, verb) =>
    {
        var order = verb(Apply(before), Some.Noon);
        Assert.Same(order, verb(order, Some.Noon.AddDays(1)));
    });

    [Fact]
    public void Nothing_happens_before_the_saga_begins_and_nothing_is_paid_without_it() => Verbs.Array[0, 12].Sample(verbs =>
    {
        var order = Some.Order();
        foreach (var verb in verbs)
        {
            var next = verb(order, Some.Noon);
            if (order.Status is OrderStatus.Starting)
                Assert.True(next.Status is OrderStatus.Starting or OrderStatus.Processing or OrderStatus.Cancelled);
            order = next;
        }
    });

    [Fact]
    public void The_secret_is_kept_only_while_the_customer_needs_it() => Verbs.Array[0, 12].Sample(verbs =>
    {
        var order = Apply(verbs);
        Assert.Equal(order.Status is OrderStatus.ActionRequired, order.PaymentAction is not null);
    });

    [Fact]
    public void What_was_agreed_never_changes() => Verbs.Array[0, 12].Sample(verbs =>
    {
        var (before, after) = (Some.Order(), Apply(verbs));
        Assert.Equal(
            (before.OrderId, before.CustomerId, before.IdempotencyKey, before.BodyHash, before.Total, before.Lines.Count),
            (after.OrderId, after.CustomerId, after.IdempotencyKey, after.BodyHash, after.Total, after.Lines.Count));
    });

    [Fact]
    public void History_has_one_entry_per_step_and_outcome_oldest_first() => Entries.Array[0, 30].Sample(entries =>
    {
        var order = entries.Aggregate(Some.Order().Begin(Some.Noon), (current, entry) => current.Report([entry], Some.Noon));
        Assert.Equal(order.History.Count, order.History.DistinctBy(entry => (entry.Step, entry.Outcome)).Count());
        Assert.Equal(order.History.OrderBy(entry => entry.At), order.History);
        Assert.Equal(entries.DistinctBy(entry => (entry.Step, entry.Outcome)).Count(), order.History.Count);
    });

    [Theory]
    [InlineData(OrderStatus.Starting, OrderTrigger.Begin, OrderStatus.Processing)]
    [InlineData(OrderStatus.Processing, OrderTrigger.RequireAction, OrderStatus.ActionRequired)]
    [InlineData(OrderStatus.ActionRequired, OrderTrigger.Resume, OrderStatus.Processing)]
    [InlineData(OrderStatus.Processing, OrderTrigger.Complete, OrderStatus.Paid)]
    [InlineData(OrderStatus.Processing, OrderTrigger.Cancel, OrderStatus.Cancelled)]
    [InlineData(OrderStatus.Processing, OrderTrigger.Park, OrderStatus.NeedsAttention)]
    [InlineData(OrderStatus.Starting, OrderTrigger.Complete, null)]
    [InlineData(OrderStatus.Processing, OrderTrigger.Abandon, null)]
    [InlineData(OrderStatus.Cancelled, OrderTrigger.Complete, null)]
    [InlineData(OrderStatus.Paid, OrderTrigger.Cancel, null)]
    public void The_table_is_what_it_should_be(OrderStatus from, OrderTrigger trigger, OrderStatus? to) =>
        Assert.Equal(to, OrderTransitions.Next(from, trigger));

    [Fact]
    public void The_customers_answer_takes_the_order_back_to_the_saga()
    {
        var waiting = Some.Order().Begin(Some.Noon).RequireAction(Some.Action, Some.Step("authorise", "started"), Some.Noon);
        Assert.Equal(OrderStatus.ActionRequired, waiting.Report([Some.Step("reserve", "failed")], Some.Noon).Status);

        var resumed = waiting.Report([Some.Step("authorise", "succeeded")], Some.Noon);

        Assert.Equal((OrderStatus.Processing, null), (resumed.Status, resumed.PaymentAction));
    }

    private static Order Apply(Func<Order, DateTimeOffset, Order>[] verbs) =>
        verbs.Aggregate(Some.Order(), (order, verb) => verb(order, Some.Noon));
}
