using CsCheck;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Sidecar.Scheduling;

namespace NexusCart.Tests.Sidecar.Scheduling;

public sealed class DeadlineQueueTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Everything_comes_when_it_is_due_and_never_before() =>
        Gen.Select(Gen.Int[0, 100], Gen.Int[0, 3], Gen.Int[0, 100]).List[1, 60].Sample(moves =>
        {
            var time = new FakeTimeProvider();
            var start = time.GetUtcNow();
            var fired = new List<(Item Item, int At)>();
            var now = 0;
            using var queue = new DeadlineQueue<Item>(time, item => fired.Add((item, now)));
            var items = moves.Select((_, i) => new Item { Name = i }).ToArray();
            var expected = new Dictionary<int, int>();
            for (var i = 0; i < moves.Count; i++)
            {
                var (due, action, other) = moves[i];
                queue.Set(items[i], start + TimeSpan.FromSeconds(due + 1));
                expected[i] = due + 1;
                // Now and then one that is queued already is moved or taken out.
                var target = other % (i + 1);
                if (action == 1 && expected.ContainsKey(target))
                {
                    queue.Set(items[target], start + TimeSpan.FromSeconds(other + 1));
                    expected[target] = other + 1;
                }
                else if (action == 2 && expected.Remove(target))
                {
                    Assert.True(queue.Remove(items[target]));
                    Assert.False(queue.Remove(items[target]));
                }
            }

            Assert.Equal(expected.Count, queue.Count);
            for (now = 1; now <= 102; now++)
                time.Advance(TimeSpan.FromSeconds(1));

            Assert.Equal(expected.OrderBy(e => e.Key).Select(e => (e.Key, e.Value)), fired.OrderBy(f => f.Item.Name).Select(f => (f.Item.Name, f.At)));
            Assert.Equal(0, queue.Count);
        });

    [Fact]
    public async Task A_time_in_the_past_is_due_at_once()
    {
        var fired = new TaskCompletionSource<Item>();
        using var queue = new DeadlineQueue<Item>(TimeProvider.System, fired.SetResult);

        queue.Set(new Item(), DateTimeOffset.UnixEpoch);

        await fired.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void A_deadline_beyond_what_timers_hold_is_kept()
    {
        var fired = 0;
        using var queue = new DeadlineQueue<Item>(_time, _ => fired++);

        queue.Set(new Item(), _time.GetUtcNow() + TimeSpan.FromDays(400));
        _time.Advance(TimeSpan.FromDays(399));
        Assert.Equal(0, fired);

        _time.Advance(TimeSpan.FromDays(2));
        Assert.Equal(1, fired);
    }

    [Fact]
    public void Nothing_is_due_after_the_end()
    {
        var fired = 0;
        var queue = new DeadlineQueue<Item>(_time, _ => fired++);
        queue.Set(new Item(), _time.GetUtcNow() + TimeSpan.FromSeconds(1));

        queue.Dispose();
        queue.Set(new Item(), _time.GetUtcNow());
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(0, fired);
    }

    private sealed class Item : Deadline
    {
        public int Name { get; init; }
    }
}
