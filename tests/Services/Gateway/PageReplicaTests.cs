namespace NexusCart.Tests.Services.Gateway;

/// <summary>Every replica of the gateway hears of every change, whichever of them it came by.</summary>
public sealed class PageReplicaTests(GatewaysFixture gateways) : IClassFixture<GatewaysFixture>
{
    [Fact]
    public async Task A_change_takes_the_page_back_at_every_replica()
    {
        await GatewaysFixture.PutAsync(gateways.Doors[0], "LAMP", "Edition 0");
        await GatewaysFixture.PutAsync(gateways.Doors[0], "SHADE", "Another product");
        await gateways.EventuallyAsync("the news of the first edits has passed", () => AllAsync("SHADE", "Another product"));

        // Several, by turns: were the replicas one group of consumers, each would hear of some of them only.
        for (var edition = 1; edition <= 6; edition++)
        {
            await gateways.EventuallyAsync("both replicas keep the page", () => AllAsync("LAMP", $"Edition {edition - 1}"));
            await GatewaysFixture.PutAsync(gateways.Doors[edition % 2], "LAMP", $"Edition {edition}");
            foreach (var door in gateways.Doors)
            {
                await gateways.EventuallyAsync(
                    $"edition {edition} at {door.BaseAddress}",
                    async () => (await GatewaysFixture.SeeAsync(door, "LAMP")).Title == $"Edition {edition}");
            }
        }
    }

    /// <summary>Whether every replica shows this out of its cache.</summary>
    private async Task<bool> AllAsync(string sku, string title)
    {
        foreach (var door in gateways.Doors)
        {
            if (await GatewaysFixture.SeeAsync(door, sku) != (title, true))
                return false;
        }

        return true;
    }
}
