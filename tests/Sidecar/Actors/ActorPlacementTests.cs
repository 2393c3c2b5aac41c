using Dapr;
using NexusCart.Sidecar.Actors;

namespace NexusCart.Tests.Sidecar.Actors;

/// <summary>Actors of one app on several instances.</summary>
public sealed class ActorPlacementTests : IAsyncDisposable
{
    private const int Actors = 60;

    private readonly ActorBed _bed = new();

    [Fact]
    public async Task Instances_share_the_actors_and_each_lives_in_one_place()
    {
        var one = await _bed.StartAsync();
        var two = await _bed.StartAsync();

        await CountUpAsync(one);
        await CountUpAsync(two);

        Assert.Equal(Actors, Hosted(one).Length + Hosted(two).Length);
        Assert.InRange(Hosted(one).Length, 5, Actors - 5);
        Assert.Empty(Hosted(one).Intersect(Hosted(two)));
        Assert.All(await CountsAsync(one), count => Assert.Equal(2, count));
    }

    [Fact]
    public async Task A_new_instance_takes_over_its_share_after_it_was_drained()
    {
        var one = await _bed.StartAsync();
        await CountUpAsync(one);
        var two = await _bed.StartAsync();
        await CountUpAsync(one);

        Assert.InRange(Hosted(two).Length, 5, Actors - 5);
        Assert.All(Hosted(two), id => Assert.Contains($"deactivated {id}", one.Diary.Entries));
        Assert.All(await CountsAsync(two), count => Assert.Equal(2, count));
    }

    [Fact]
    public async Task When_an_instance_stops_its_actors_move_and_lose_nothing()
    {
        var one = await _bed.StartAsync();
        var two = await _bed.StartAsync();
        await CountUpAsync(one);
        var moving = Hosted(two);

        await two.Sidecar.Host.StopAsync();
        await CountUpAsync(one);

        Assert.All(moving, id => Assert.Contains($"deactivated {id}", two.Diary.Entries));
        Assert.All(moving, id => Assert.Contains($"activated {id}", one.Diary.Entries));
        Assert.All(await CountsAsync(one), count => Assert.Equal(2, count));
    }

    [Fact]
    public async Task Calls_go_on_while_instances_come_and_go()
    {
        var one = await _bed.StartAsync();
        using var stop = new CancellationTokenSource();
        var done = new int[Actors];
        var callers = Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (var i = worker; !stop.IsCancellationRequested; i += 8)
            {
                await one.Actor("a" + (i % Actors)).AddAsync(1);
                Interlocked.Increment(ref done[i % Actors]);
            }
        })).ToArray();

        var instances = new List<ShopInstance>();
        for (var round = 0; round < 3; round++)
        {
            var other = await _bed.StartAsync();
            instances.Add(other);
            await Task.Delay(150);
            await other.Sidecar.Host.StopAsync();
        }

        await stop.CancelAsync();
        await Task.WhenAll(callers);
        instances.Add(one);

        Assert.All(instances, instance => Assert.Empty(instance.Diary.Overlaps));
        Assert.Equal(done, await CountsAsync(one));
    }

    [Fact]
    public async Task A_turn_under_way_may_end_before_its_actor_moves()
    {
        var one = await _bed.StartAsync(configure: options => options.DrainOngoingCallTimeout = TimeSpan.FromSeconds(30));
        var calls = Enumerable.Range(0, Actors).Select(i => one.Actor("a" + i).WaitAsync("gate")).ToArray();
        await one.Diary.SeenAsync("waiting gate", Actors);

        var starting = _bed.StartAsync();
        var placement = ActorCluster.Of(_bed.Inner.Cluster, "").Placement;
        while (placement.Find("Shop")!.Hosts.Length < 2)
            await Task.Delay(5);
        Assert.False(starting.IsCompleted);
        var next = Enumerable.Range(0, Actors).Select(i => one.Actor("a" + i).AddAsync(1)).ToArray();
        one.Diary.Gate("gate").SetResult();
        await Task.WhenAll(calls);
        await Task.WhenAll(next);
        var two = await starting;

        Assert.NotEmpty(Hosted(two));
        Assert.Empty(one.Diary.Overlaps);
    }

    [Fact]
    public async Task A_turn_that_takes_too_long_is_cut_when_its_actor_must_leave()
    {
        var one = await _bed.StartAsync(configure: options => options.DrainOngoingCallTimeout = TimeSpan.FromSeconds(5));
        var call = one.Actor("a").WaitAsync("gate");
        await one.Diary.SeenAsync("waiting gate");

        var stopping = one.Sidecar.Host.DrainAsync();
        await AdvanceUntilAsync(stopping);

        var error = await Assert.ThrowsAsync<DaprApiException>(() => call);
        Assert.Contains("actor is closed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reminders_fire_wherever_the_actor_lives_once()
    {
        var one = await _bed.StartAsync();
        var two = await _bed.StartAsync();
        for (var i = 0; i < Actors; i++)
            await one.Actor("a" + i).RemindAsync("r", TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(-1), "x" + i);

        await two.Sidecar.Host.StopAsync();
        var three = await _bed.StartAsync();
        _bed.Time.Advance(TimeSpan.FromSeconds(10));
        for (var i = 0; i < Actors; i++)
            await (one.Diary.Entries.Contains($"reminder r x{i}") ? one : await WhereAsync($"reminder r x{i}", one, three)).Diary.SeenAsync($"reminder r x{i}");

        var fired = one.Diary.Entries.Concat(three.Diary.Entries).Where(entry => entry.StartsWith("reminder", StringComparison.Ordinal)).ToList();
        Assert.Equal(Actors, fired.Count);
        Assert.Equal(Actors, fired.Distinct().Count());
    }

    public async ValueTask DisposeAsync() => await _bed.DisposeAsync();

    private static string[] Hosted(ShopInstance instance) =>
        [.. instance.Diary.Entries.Where(entry => entry.StartsWith("activated", StringComparison.Ordinal)).Select(entry => entry.Split(' ')[1]).Distinct()];

    private static Task<int[]> CountUpAsync(ShopInstance from) => Task.WhenAll(Enumerable.Range(0, Actors).Select(i => from.Actor("a" + i).AddAsync(1)));

    private static Task<int[]> CountsAsync(ShopInstance from) => Task.WhenAll(Enumerable.Range(0, Actors).Select(i => from.Actor("a" + i).CountAsync()));

    private static async Task<ShopInstance> WhereAsync(string entry, params ShopInstance[] instances)
    {
        var deadline = DateTime.UtcNow + TimeSpan.FromSeconds(20);
        while (DateTime.UtcNow < deadline)
        {
            if (instances.FirstOrDefault(instance => instance.Diary.Entries.Contains(entry)) is { } found)
                return found;
            await Task.Delay(5);
        }

        throw new TimeoutException(entry);
    }

    private async Task AdvanceUntilAsync(Task task)
    {
        while (!task.IsCompleted)
        {
            _bed.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(10);
        }

        await task;
    }
}
