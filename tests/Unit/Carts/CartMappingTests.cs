using CsCheck;
using NexusCart.Carts.Actors;
using NexusCart.Carts.Api;
using NexusCart.Carts.V1;
using NexusCart.Catalog.V1;
using NexusCart.Common.V1;
using NexusCart.Orders.V1;
using Item = NexusCart.Carts.Domain.CartItem;

namespace NexusCart.Tests.Unit.Carts;

public class CartMappingTests
{
    [Fact]
    public void Prices_are_the_catalogues_and_what_is_not_for_sale_is_left_out()
    {
        var view = new CartView("c", "EUR", [new("A", 3), new("gone", 1), new("dollars", 1), new("B", 10_000)], 4, DateTimeOffset.UnixEpoch, ["SAVE10"],
            new Dictionary<string, long> { ["A"] = 149, ["B"] = 1_000_000_000_000, ["gone"] = 1 });
        var message = view.ToMessage(new Dictionary<string, Product>
        {
            ["A"] = Product("A", 199, "EUR"),
            ["B"] = Product("B", 1_000_000_000_000, "EUR"),
            ["dollars"] = Product("dollars", 100, "USD"),
        });
        Assert.Equal(["A", "B"], message.Lines.Select(line => line.Sku));
        Assert.Equal([597, 10_000_000_000_000_000], message.Lines.Select(line => line.LineTotal.MinorUnits));
        Assert.Equal((10_000_000_000_000_597, "EUR"), (message.Total.MinorUnits, message.Total.Currency));
        Assert.Equal(["SAVE10"], message.CouponCodes);
        Assert.Equal(
            [(CartNoticeKind.PriceChanged, "A"), (CartNoticeKind.Discontinued, "gone"), (CartNoticeKind.Discontinued, "dollars")],
            message.Notices.Select(notice => (notice.Kind, notice.Sku)));
        Assert.Equal((149, 199), (message.Notices[0].OldPrice.MinorUnits, message.Notices[0].NewPrice.MinorUnits));
        Assert.Equal("Title of A", message.Lines[0].Title);
    }

    [Fact]
    public void An_empty_cart_totals_nothing_in_its_currency() =>
        Assert.Equal(new Money { Currency = "JPY" }, new CartView("c", "JPY", [], 1, DateTimeOffset.UnixEpoch, [], new Dictionary<string, long>()).ToMessage(new Dictionary<string, Product>()).Total);

    [Fact]
    public void A_cart_totals_the_sum_of_its_lines_whatever_is_in_it() =>
        Gen.Select(Gen.Int[0, 30], Gen.Int[1, 10_000], Gen.Long[0, 1_000_000_000]).List[0, 20].Sample(lines =>
        {
            var distinct = lines.DistinctBy(line => line.Item1).ToList();
            var view = new CartView(
                "c", "EUR", [.. distinct.Select(line => new Item($"S{line.Item1}", line.Item2))], 1, DateTimeOffset.UnixEpoch, [],
                new Dictionary<string, long>());
            var message = view.ToMessage(distinct.ToDictionary(line => $"S{line.Item1}", line => Product($"S{line.Item1}", line.Item3, "EUR")));
            Assert.Equal(distinct.Sum(line => line.Item2 * line.Item3), message.Total.MinorUnits);
            Assert.Equal(message.Total.MinorUnits, message.Lines.Sum(line => line.LineTotal.MinorUnits));
            Assert.Empty(message.Notices);
        });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Totals_add_up_and_what_is_missing_from_them_is_the_discount(bool included) =>
        Gen.Select(Gen.Long[0, 1_000_000], Gen.Long[0, 10_000], Gen.Long[0, 10_000], Gen.Long[0, 10_000]).Sample((subtotal, shipping, tax, discount) =>
        {
            var quote = new CheckoutQuote
            {
                Subtotal = Eur(subtotal),
                Shipping = new ShippingOption { Price = Eur(shipping) },
                Taxes = { new TaxTotal { Amount = Eur(tax) } },
                TaxIncluded = included,
                Total = Eur(subtotal + shipping + (included ? 0 : tax) - discount),
            };
            var totals = quote.ToTotals();
            Assert.Equal(
                (subtotal, discount, shipping, tax, quote.Total.MinorUnits),
                (totals.Subtotal.MinorUnits, totals.Discount.MinorUnits, totals.Shipping.MinorUnits, totals.Tax.MinorUnits, totals.Total.MinorUnits));
        });

    private static Money Eur(long amount) => new() { MinorUnits = amount, Currency = "EUR" };

    private static Product Product(string sku, long price, string currency) =>
        new() { Sku = sku, Title = $"Title of {sku}", Price = new Money { MinorUnits = price, Currency = currency }, Active = true };
}
