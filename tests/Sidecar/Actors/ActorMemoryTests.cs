using Microsoft.Extensions.Time.Testing;
using NexusCart.Sidecar.Actors;

namespace NexusCart.Tests.Sidecar.Actors;

/// <summary>Nothing is left of an actor that has been deactivated.</summary>
public sealed class ActorMemoryTests
{
    private const int Actors = 10_000;

    [Fact]
    public async Task Ten_thousand_idle_actors_leave_no_entry_and_no_deadline_behind()
    {
        var time = new FakeTimeProvider();
        ActorTypeHost host = null!;
        host = new ActorTypeHost(
            "Cart",
            ActorTypeOptions.Default with { IdleTimeout = TimeSpan.FromMinutes(1) },
            host: null!,
            time,
            activation =>
            {
                host.Remove(activation);
                return Task.CompletedTask;
            });
        using var disposing = host;
        var activations = Enumerable.Range(0, Actors).Select(i => host.GetOrActivate($"{i}")).ToList();
        Assert.Equal(Actors, host.Count);
        Assert.Equal(Actors, host.IdleDeadlines);

        time.Advance(TimeSpan.FromSeconds(59));
        var busy = activations[7];
        busy.Touch(time.GetUtcNow().UtcTicks);
        time.Advance(TimeSpan.FromSeconds(2));
        await Eventually.TrueAsync(() => host.Count == 1);
        Assert.Equal(1, host.IdleDeadlines);
        Assert.Same(busy, Assert.Single(host.Active));
        Assert.All(activations.Where(activation => activation != busy), activation => Assert.True(activation.Gone.IsCompleted));

        time.Advance(TimeSpan.FromMinutes(1));
        await Eventually.TrueAsync(() => host is { Count: 0, IdleDeadlines: 0 });
    }
}
