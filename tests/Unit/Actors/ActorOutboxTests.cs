using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Platform.Actors;

namespace NexusCart.Tests.Unit.Actors;

public sealed class ActorOutboxTests
{
    /// <summary>Pending events are one value, and a sidecar takes 4 MiB: few large ones must fill the outbox as many small ones do.</summary>
    [Fact]
    public async Task Large_events_fill_the_outbox_until_they_are_out()
    {
        var isBrokerAway = true;
        var json = new JsonSerializerOptions();
        ActorJson.Configure(json);
        var state = new InMemoryStateManager(new ActorStore(), json);
        var time = new FakeTimeProvider();
        await using var outbox = new ActorOutbox(
            new ActorOutboxHost(
                state,
                (_, _) => isBrokerAway ? throw new IOException("away") : Task.CompletedTask,
                () => Task.CompletedTask,
                () => Task.CompletedTask,
                time,
                NullLogger.Instance),
            new ActorOutboxOptions(Capacity: 100, TimeSpan.FromSeconds(5)) { CapacityBytes = 2_000 });
        await outbox.LoadAsync();

        outbox.Stage(Event(1));
        Assert.False(outbox.IsFull);
        outbox.Stage(Event(2));
        Assert.True(outbox.IsFull);
        await SaveAsync();
        Assert.True(outbox.IsFull);
        await outbox.LoadAsync();
        await outbox.WhenIdleAsync();
        Assert.True(outbox.IsFull);

        isBrokerAway = false;
        await outbox.RepairAsync();
        await outbox.WhenIdleAsync();
        Assert.False(outbox.IsFull);

        async Task SaveAsync()
        {
            await outbox.WriteAsync();
            await state.SaveStateAsync();
            outbox.Saved();
            await outbox.WhenIdleAsync();
        }
    }

    private static PendingEvent Event(int number) =>
        new($"e{number}", "large.v1", "large", $"k{number}", JsonSerializer.SerializeToElement(new string('x', 1_200)));
}
