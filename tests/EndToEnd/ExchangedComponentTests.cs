using NexusCart.Cli.Audit;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.EndToEnd;

/// <summary>One shop for all exchanges; it begins on the embedded profile.</summary>
public sealed class ExchangedShop() : ShopFixture(ShopProfile.Embedded);

/// <summary>
/// The walkthrough of docs/backends.md: one component file of the embedded profile is exchanged, the shop is restarted, and it sells,
/// declines and counts as before.
/// </summary>
public sealed class ExchangedComponentTests(ExchangedShop fixture) : ShopTests(fixture), IClassFixture<ExchangedShop>
{
    private const string State = "statestore.yaml";
    private const string PubSub = "pubsub.yaml";
    private const string Secrets = "secretstore.yaml";

    private static readonly Dictionary<string, (ShopProfile Profile, string Component, string Type)> Exchanges = new()
    {
        ["state in Redis"] = (ShopProfile.Embedded.With(State, ShopProfile.Redis, ShopServers.Redis), "statestore", "state.redis"),
        ["state in PostgreSQL"] = (ShopProfile.Embedded.With(State, ShopProfile.PostgresRabbit, ShopServers.Postgres), "statestore", "state.postgresql"),
        ["events through RabbitMQ"] = (ShopProfile.Embedded.With(PubSub, ShopProfile.PostgresRabbit, ShopServers.Rabbit), "pubsub", "pubsub.rabbitmq"),
        ["secrets from the environment"] = (
            ShopProfile.Embedded.With(Secrets, Documented("secretstores.local.env")) with { HasSecretsInEnvironment = true },
            "secretstore",
            "secretstores.local.env"),
    };

    public static TheoryData<string> Names => [.. Exchanges.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_shop_runs_on_after_one_file_was_exchanged(string name)
    {
        var (profile, component, type) = Exchanges[name];
        Assert.SkipWhen(profile.Missing is not null, $"{name}: {profile.Missing}");
        await BuyAsync("pm_card_visa", units: 1, "ORDER_STATUS_PAID");

        await Fixture.Shop.RestartOnAsync(profile);

        Assert.Equal(type, (await Fixture.ComponentsAsync("orders"))[component]);
        var (buyer, cart, order) = await BuyAsync("pm_card_visa", units: 1, "ORDER_STATUS_PAID");
        var again = await buyer.CheckoutAsync(cart, "key", wait: 20);
        Assert.Equal(order, again.Json.GetProperty("orderId").GetString());
        Assert.Equal((1, 1), await ProviderBooks.EffectsAsync(Fixture.Shop, order));
        await EmptiedAsync(buyer, cart);
        await BuyAsync("pm_card_visa_chargeDeclined", units: 1, "ORDER_STATUS_CANCELLED");
        await BuyAsync("pm_card_visa", units: 0, "ORDER_STATUS_CANCELLED");
        await BuyWithChallengeAsync();
        Assert.Empty((await AuditAsync()).Drifts);
    }

    private async Task<(Shopper Buyer, string Cart, string OrderId)> BuyAsync(string paymentMethod, int units, string status)
    {
        var sku = await Fixture.ProductAsync(units);
        var buyer = await Shopper.GuestAsync(Fixture.Shop);
        var cart = await buyer.CartAsync(sku);
        var order = (await buyer.CheckoutAsync(cart, "key", paymentMethod, wait: 20)).Json;
        Assert.Equal(status, order.GetProperty("status").GetString());
        Assert.Equal(status == "ORDER_STATUS_PAID" ? units - 1 : units, await Fixture.AvailableAsync(sku));
        return (buyer, cart, order.GetProperty("orderId").GetString()!);
    }

    /// <summary>The saga waits until payments tells orders by an event that the customer has proved himself.</summary>
    private async Task BuyWithChallengeAsync()
    {
        var buyer = await Shopper.GuestAsync(Fixture.Shop);
        var cart = await buyer.CartAsync(await Fixture.ProductAsync(units: 1));
        var waiting = (await buyer.CheckoutAsync(cart, "key", "pm_card_threeDSecure2Required", wait: 20)).Json;
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var answer = await browser.PostAsync($"{waiting.GetProperty("paymentAction").GetProperty("redirectUrl").GetString()}/complete", content: null);
        await buyer.WaitForAsync(waiting.GetProperty("orderId").GetString()!, 30, "ORDER_STATUS_PAID");
    }

    /// <summary>Carts has heard from orders by an event.</summary>
    private static async Task EmptiedAsync(Shopper buyer, string cart)
    {
        for (var tries = 0; tries < 400; tries++)
        {
            var answer = await buyer.SendAsync(HttpMethod.Get, $"/v1/carts/{cart}");
            if (!answer.Json.TryGetProperty("lines", out var lines) || lines.GetArrayLength() == 0)
                return;
            await Task.Delay(50);
        }

        Assert.Fail("The cart still holds what was bought.");
    }

    private async Task<AuditReport> AuditAsync()
    {
        var token = await Fixture.Shop.Client.GetTokenAsync("auditor", ["audit.read"], CancellationToken.None);
        return Auditor.Check(await new LedgerReader(Fixture.Shop.Client, token, TimeProvider.System).ReadAtRestAsync(TimeSpan.FromSeconds(10), CancellationToken.None));
    }

    /// <summary>The component file of this type that the walkthrough shows.</summary>
    private static string Documented(string type)
    {
        var blocks = File.ReadAllText(Path.Combine(RepoPaths.Root, "docs", "backends.md")).Split("```yaml\n").Skip(1).Select(block => block.Split("```")[0]);
        return blocks.Single(block => block.Contains($"type: {type}", StringComparison.Ordinal));
    }
}
