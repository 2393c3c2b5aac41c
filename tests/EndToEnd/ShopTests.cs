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

    /// <summary>Waits for a condition.</summary>
    /// <exception cref="TimeoutException">It does not hold in time; the message has what the shop printed.</exception>
    protected async Task EventuallyAsync(string what, int seconds, Func<Task<bool>> holds)
    {
        var limit = DateTimeOffset.UtcNow.AddSeconds(seconds);
        while (!await holds())
        {
            if (DateTimeOffset.UtcNow > limit)
                throw new TimeoutException($"Not seen within {seconds} s: {what}.{Environment.NewLine}{Fixture.Shop.Output}");
            await Task.Delay(50);
        }
    }

    /// <inheritdoc cref="EventuallyAsync(string, int, Func{Task{bool}})"/>
    protected Task EventuallyAsync(string what, int seconds, Func<bool> holds) => EventuallyAsync(what, seconds, () => Task.FromResult(holds()));
}
