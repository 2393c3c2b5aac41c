using NexusCart.Carts.Actors;
using NexusCart.Carts.Api;
using NexusCart.Catalog.V1;
using NexusCart.Common.V1;

namespace NexusCart.Tests.Unit.Carts;

public class CartMappingTests
{
    [Fact]
    public void Prices_are_the_catalogues_and_what_is_not_for_sale_is_left_out()
    {
        var view = new CartView("c", "EUR", [new("A", 3), new("gone", 1), new("dollars", 1), new("B", 10_000)], 4, DateTimeOffset.UnixEpoch, ["SAVE10"]);
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
        Assert.Equal("Title of A", message.Lines[0].Title);
    }

    [Fact]
    public void An_empty_cart_totals_nothing_in_its_currency() =>
        Assert.Equal(new Money { Currency = "JPY" }, new CartView("c", "JPY", [], 1, DateTimeOffset.UnixEpoch, []).ToMessage(new Dictionary<string, Product>()).Total);

    private static Product Product(string sku, long price, string currency) =>
        new() { Sku = sku, Title = $"Title of {sku}", Price = new Money { MinorUnits = price, Currency = currency }, Active = true };
}
