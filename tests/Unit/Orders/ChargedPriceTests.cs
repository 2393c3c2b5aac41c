using CsCheck;
using Grpc.Core;
using NexusCart.Carts.V1;
using NexusCart.Catalog.Api;
using NexusCart.Catalog.ReadModel;
using NexusCart.Catalog.V1;
using NexusCart.Common.V1;
using NexusCart.Orders.Api;
using NexusCart.Orders.Domain;
using NexusCart.Orders.Pricing;
using NexusCart.Platform.Values;
using CatalogClient = NexusCart.Catalog.V1.Catalog.CatalogClient;
using Lists = NexusCart.Catalog.Domain.Prices;

namespace NexusCart.Tests.Unit.Orders;

/// <summary>What is charged is what the catalogue's price lists say, in one currency from the line to the total.</summary>
public sealed class ChargedPriceTests
{
    private const string Group = "trade";
    private static readonly string[] Skus = ["mug", "tea", "pot"];
    private static readonly string[] Currencies = ["EUR", "JPY", "KWD"];

    private static readonly Gen<Lists.PriceList> OneList =
        from number in Gen.Int[0, 9]
        from currency in OneOf(Currencies)
        from customers in OneOf("", Group, "staff")
        from days in Gen.Select(Gen.Int[-2, 0], Gen.Int[0, 2])
        from priority in Gen.Int[0, 1]
        select new Lists.PriceList(
            $"list-{number}", "A list", currency, customers, Some.Noon.AddDays(days.Item1), Some.Noon.AddDays(days.Item2), priority, Active: true, 1, Some.Noon);

    private static readonly Gen<Lists.ListPrice> OnePrice =
        from list in Gen.Int[0, 9]
        from sku in OneOf(Skus)
        from tiers in Gen.Select(Gen.Int[1, 12], Gen.Long[0, 5_000]).Array[0, 3]
        select new Lists.ListPrice(
            $"list-{list}", sku,
            [.. tiers.DistinctBy(tier => tier.Item1).OrderBy(tier => tier.Item1).Select(tier => new Lists.PriceTier(tier.Item1, tier.Item2))], 1, Some.Noon);

    private static readonly Gen<(string Sku, int Quantity)[]> Basket =
        Gen.Select(OneOf(Skus), Gen.Int[1, 20]).Array[1, 3].Select(lines => lines.DistinctBy(line => line.Item1).ToArray());

    [Fact]
    public Task An_order_is_the_sum_of_its_lines_at_their_tier_with_delivery_tax_and_discounts_in_the_carts_currency() =>
        Gen.Select(OneList.Array[0, 8], OnePrice.Array[0, 20], Basket, OneOf(Currencies), Gen.Bool, Gen.Int[0, 100]).SampleAsync(
            async (lists, prices, basket, currency, included, percent) =>
            {
                var catalog = new CatalogWithLists(lists, prices);
                if (basket.Any(line => catalog.PriceOf(line.Sku, currency, line.Quantity) is not { Currency: var own } || own != currency))
                {
                    // The base price is in another currency: it is refused by name, never charged, and never converted.
                    var refusal = await Assert.ThrowsAsync<RpcException>(() => ReadAsync(catalog, basket, currency, included, percent));
                    Assert.Equal(StatusCode.FailedPrecondition, refusal.StatusCode);
                    Assert.StartsWith("cart_id: ", refusal.Status.Detail, StringComparison.Ordinal);
                    return;
                }

                var units = basket.Select(line => (line.Quantity, Price: Expected(lists, prices, line.Sku, currency, line.Quantity) ?? CatalogWithLists.BasePrice)).ToList();
                var goods = units.Sum(unit => unit.Quantity * unit.Price);
                var shipping = currency == "JPY" ? 800 : 490;
                var off = units.Sum(unit => unit.Quantity * unit.Price * percent / 100);
                var total = goods + shipping - off;
                if (!included)
                    total += units.Sum(unit => Taxed((unit.Quantity * unit.Price) - (unit.Quantity * unit.Price * percent / 100))) + Taxed(shipping);

                var quote = (await ReadAsync(catalog, basket, currency, included, percent)).Quote;
                Assert.Equal(units.Select(unit => (unit.Price, unit.Quantity * unit.Price)), quote.Lines.Select(line => (line.UnitPrice.MinorUnits, line.LineTotal.MinorUnits)));
                Assert.Equal(new MoneyAmount(total, currency), quote.Total);
                Assert.All(
                    quote.Lines.SelectMany(line => new[] { line.UnitPrice, line.LineTotal }).Append(quote.Subtotal).Append(quote.Shipping.Price).Concat(quote.Taxes.Select(tax => tax.Amount)),
                    amount => Assert.Equal(currency, amount.Currency));
            },
            iter: 300);

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(number => texts[number]);

    private static long Taxed(long amount) => ((amount * 1900 * 2) + 10_000) / 20_000;

    /// <summary>The documented order, said another way than the catalogue does.</summary>
    private static long? Expected(Lists.PriceList[] lists, Lists.ListPrice[] prices, string sku, string currency, int quantity) => prices
        .Where(price => price.Sku == sku).DistinctBy(price => price.ListId)
        .Select(price => (List: lists.FirstOrDefault(list => list.Id == price.ListId), Tier: price.Tiers.LastOrDefault(tier => tier.MinQuantity <= quantity)))
        .Where(found => found.Tier is not null && found.List is { } list && list.Currency == currency && list.CustomerGroup is "" or Group
            && list.ValidFrom <= Some.Noon && Some.Noon < list.ValidTo)
        .OrderByDescending(found => found.List!.Priority).ThenBy(found => found.List!.CustomerGroup == "")
        .ThenByDescending(found => found.List!.ValidFrom).ThenBy(found => found.List!.Id, StringComparer.Ordinal)
        .Select(found => (long?)found.Tier!.MinorUnits).FirstOrDefault();

    private static Task<PricedCart> ReadAsync(CatalogWithLists catalog, (string Sku, int Quantity)[] basket, string currency, bool included, int percent)
    {
        var carts = new FakeCarts();
        carts.Cart.Currency = currency;
        carts.Cart.Lines.Clear();
        carts.Cart.Lines.AddRange(basket.Select(line => new CartLine { Sku = line.Sku, Quantity = line.Quantity }));
        var promotions = new FakePromotions { Answer = (lines, _, _) => Percent(lines, percent) };
        var desk = Pricing.Desk(
            new TaxOptions { PricesIncludeTax = included, Countries = { ["DE"] = new() { ["standard"] = 1900 } } },
            new ShippingOptions
            {
                Zones =
                {
                    new ShippingZoneOptions
                    {
                        Countries = { "DE" },
                        Methods = { new ShippingMethodOptions { Id = "post", Name = "Post", Rates = { new ShippingRateOptions { Price = { ["EUR"] = 490, ["JPY"] = 800, ["KWD"] = 490 } } } } },
                    },
                },
            });
        return new QuoteReader(carts, catalog, new FakeFlashSales(), desk, promotions).ReadAsync("cart-1", "", new Destination("DE", "", ""), "", [], new AnnsCall());
    }

    private static Discounting Percent(IReadOnlyList<QuoteLine> lines, int percent)
    {
        long[] off = [.. lines.Select(line => line.Total.MinorUnits * percent / 100)];
        return off.Sum() == 0
            ? Discounting.None(lines.Count)
            : new Discounting([new OrderDiscount("sale", "Sale", "", new MoneyAmount(off.Sum(), lines[0].UnitPrice.Currency))], off, 0, []);
    }

    /// <summary>The catalogue's own prices behind its contract; the caller is of the group, as his token says.</summary>
    private sealed class CatalogWithLists : CatalogClient
    {
        public const long BasePrice = 700;
        private readonly PriceTag _prices;

        public CatalogWithLists(Lists.PriceList[] lists, Lists.ListPrice[] prices)
        {
            var structure = new StructureIndex();
            foreach (var list in lists)
                structure.Put(list);
            foreach (var price in prices)
                structure.Put(price);
            _prices = new PriceTag(structure, TimeProvider.System);
        }

        public Money PriceOf(string sku, string currency, int quantity) => Priced(sku, currency, quantity).Price;

        public override AsyncUnaryCall<GetProductsResponse> GetProductsAsync(GetProductsRequest request, CallOptions options) => FakeCalls.Answer(Task.FromResult(
            new GetProductsResponse { Products = { request.Skus.Select(sku => Priced(sku, request.Currency, request.Quantities[sku])) } }));

        private Product Priced(string sku, string currency, int quantity) => _prices.Price(
            new Product { Sku = sku, Title = sku, Active = true, Price = FakeCalls.Euro(BasePrice) }, new PriceView(currency, Group, Some.Noon), quantity);
    }
}
