using CsCheck;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Values;

namespace NexusCart.Tests.Unit.Orders;

/// <summary>What is given back, to the cent.</summary>
public class RefundShareTests
{
    /// <summary>Orders of any shape: tax within or on top, with or without shipping, even with a discount on the whole.</summary>
    public static readonly Gen<Order> Orders = Gen.Select(
        Gen.Select(Gen.Long[1, 99_999], Gen.Int[1, 7], Gen.OneOf(Gen.Const(0), Gen.Const(700), Gen.Const(1_900))).Array[1, 6], Gen.Long[0, 2_000], Gen.Bool, Gen.Int[0, 30],
        (lines, shipping, isIncluded, percentOff) =>
        {
            var quote = Quote.Freeze(
                [.. lines.Select((line, i) => new QuoteLine($"sku-{i}", $"Thing {i}", line.Item2, new MoneyAmount(line.Item1, "EUR")))],
                new ShippingOption("standard", "Standard", new MoneyAmount(shipping, "EUR")),
                [.. lines.Select(line => Tax.On(new MoneyAmount(line.Item1 * line.Item2, "EUR"), line.Item3, isIncluded)), Tax.On(new MoneyAmount(shipping, "EUR"), 1_900, isIncluded)],
                isIncluded);
            return Some.Order() with
            {
                Lines = quote.Lines,
                Shipping = quote.Shipping,
                Taxes = quote.Taxes,
                IsTaxIncluded = isIncluded,
                Total = quote.Total with { MinorUnits = quote.Total.MinorUnits - (quote.Total.MinorUnits * percentOff / 100) },
                Status = OrderStatus.Paid,
            };
        });

    [Fact]
    public void The_shares_of_lines_and_shipping_are_the_total() => Orders.Sample(order =>
    {
        var lines = RefundShares.LinesOf(order);
        Assert.Equal(order.Total.MinorUnits, lines.Sum() + RefundShares.ShippingOf(order).MinorUnits);
        Assert.All(lines, share => Assert.True(share >= 0));
    });

    [Fact]
    public void Units_given_back_one_by_one_in_any_order_are_the_total_and_its_taxes_to_the_cent() =>
        Gen.Select(Orders, Gen.Int[0, int.MaxValue]).Sample((order, seed) =>
        {
            var units = order.Lines.SelectMany(line => Enumerable.Repeat(line.Sku, line.Quantity)).ToList();
            Shuffle(units, seed);
            var refunded = order;
            var wantsShipping = RefundShares.ShippingOf(order).MinorUnits > 0;
            for (var i = 0; i < units.Count; i++)
            {
                var change = refunded.RefundLines(Key(i), [new Units(units[i], 1)], shipping: wantsShipping && i == units.Count / 2, "", Performer.Shop, Some.Noon);
                // A unit may be worth less than a cent.
                Assert.True(change.Denied is null || change.Denied.Reason == "exceeds_refundable_amount", change.Denied?.Detail);
                refunded = Done(change.Order);
            }

            // What shares of nothing left over belongs to nobody's units.
            var left = refunded.Refundable;
            if (left.MinorUnits > 0)
                refunded = Done(refunded.RefundAmount(Key(units.Count), left, "", Performer.Shop, Some.Noon).Order);
            AssertAllGivenBack(order, refunded);
        });

    [Fact]
    public void Amounts_and_lines_in_any_mixture_never_exceed_the_total_and_its_taxes() =>
        Gen.Select(Orders, Gen.Select(Gen.Bool, Gen.Int[0, 5], Gen.Long[1, 50_000]).Array[1, 12]).Sample((order, steps) =>
        {
            var refunded = order;
            for (var i = 0; i < steps.Length; i++)
            {
                var (byLine, line, amount) = steps[i];
                var change = byLine
                    ? refunded.RefundLines(Key(i), [new Units(order.Lines[line % order.Lines.Count].Sku, 1)], false, "", Performer.Shop, Some.Noon)
                    : refunded.RefundAmount(Key(i), new MoneyAmount(amount, "EUR"), "", Performer.Shop, Some.Noon);
                refunded = Done(change.Order);
                Assert.True(refunded.Refunded <= order.Total);
            }

            if (refunded.Refundable.MinorUnits > 0)
                refunded = Done(refunded.RefundAmount(Key(steps.Length), refunded.Refundable, "", Performer.Shop, Some.Noon).Order);
            AssertAllGivenBack(order, refunded);
        });

    [Fact]
    public void Parts_are_the_whole_for_any_weights() =>
        Gen.Select(Gen.Long[0, 1_000_000_000_000], Gen.Long[0, 1_000_000_000].Array[1, 20]).Sample((amount, weights) =>
        {
            var parts = RefundShares.Divide(amount, weights);
            Assert.Equal(amount, parts.Sum());
            Assert.All(parts, part => Assert.True(part >= 0));
        });

    private static void AssertAllGivenBack(Order order, Order refunded)
    {
        Assert.Equal(order.Total, refunded.Refunded);
        Assert.Equal(PaymentState.Refunded, refunded.PaymentState);
        foreach (var tax in order.Taxes)
        {
            var parts = refunded.After!.Refunds.Where(refund => refund.Status is SettlementStatus.Done)
                .SelectMany(refund => refund.Share.Taxes).Where(part => part.RateBasisPoints == tax.RateBasisPoints).ToList();
            Assert.Equal(tax.Amount.MinorUnits, parts.Sum(part => part.Amount.MinorUnits));
            Assert.Equal(tax.Net.MinorUnits, parts.Sum(part => part.Net.MinorUnits));
            Assert.All(parts, part => Assert.True(part.Amount.MinorUnits >= 0 && part.Net.MinorUnits >= 0));
        }
    }

    private static Order Done(Order order) => (order.After?.Refunds ?? []).Where(refund => refund.Status is SettlementStatus.Requested)
        .Aggregate(order, (current, refund) => current.EndRefund(refund.Id, StepEnd.Done, "", Some.Noon));

    private static RequestKey Key(int number) => new($"key-{number}", "body");

    // By the seed of the property, so that a counterexample can be seen again.
    private static void Shuffle(List<string> items, int seed)
    {
        var state = (uint)seed | 1;
        for (var i = items.Count - 1; i > 0; i--)
        {
            state = (state * 1_664_525) + 1_013_904_223;
            var other = (int)(state % (uint)(i + 1));
            (items[i], items[other]) = (items[other], items[i]);
        }
    }
}
