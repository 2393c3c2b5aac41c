using NexusCart.Cli.Audit;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.EndToEnd;

/// <summary>After purchases of every kind the books agree.</summary>
public abstract class AuditTests(ShopFixture fixture) : ShopTests(fixture)
{
    [Fact]
    public async Task Nothing_has_drifted()
    {
        var sku = await Fixture.ProductAsync(units: 4);
        foreach (var method in new[] { "pm_card_visa", "pm_card_visa_chargeDeclined", "pm_card_visa" })
        {
            var buyer = await Shopper.GuestAsync(Fixture.Shop);
            await buyer.CheckoutAsync(await buyer.CartAsync(sku), "key", method, wait: 20);
        }

        var token = await Fixture.Shop.Client.GetTokenAsync("auditor", ["audit.read"], CancellationToken.None);
        var ledger = await new LedgerReader(Fixture.Shop.Client, token, TimeProvider.System).ReadAtRestAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
        var report = Auditor.Check(ledger);

        Assert.Empty(report.Drifts);
        var audited = Assert.Single(ledger.Stock, entry => entry.Sku == sku);
        Assert.Equal((4L, 2L, 2L, 0L), (audited.Received, audited.OnHand, audited.Sold, audited.Reserved));
    }
}
