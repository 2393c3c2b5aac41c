namespace NexusCart.Tests.EndToEnd;

/// <summary>Tests on a shop; skipped, with the reason, where the machine lacks what its profile needs.</summary>
public abstract class ShopTests(ShopFixture fixture) : IAsyncLifetime
{
    /// <summary>The shop.</summary>
    protected ShopFixture Fixture => fixture;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(fixture.Missing is not null, fixture.Missing ?? "");
        await fixture.EnsureStartedAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
