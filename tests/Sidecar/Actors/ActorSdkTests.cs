using Dapr;
using Dapr.Actors;
using Dapr.Actors.Client;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Tests.Sidecar.Actors;

/// <summary>The official Dapr.Actors packages against the sidecar.</summary>
public sealed class ActorSdkTests : IAsyncDisposable
{
    private static readonly TimeSpan Never = TimeSpan.FromMilliseconds(-1);

    private readonly ActorBed _bed = new();

    [Theory]
    [InlineData(AppProtocol.Http)]
    [InlineData(AppProtocol.H2c)]
    public async Task Methods_take_arguments_and_give_results(AppProtocol protocol)
    {
        var shop = await _bed.StartAsync(protocol: protocol);

        Assert.Equal("a: hello", await shop.Actor("a").EchoAsync("hello"));
        Assert.Equal(new string('x', 300_000).Length + 3, (await shop.Actor("a").EchoAsync(new string('x', 300_000))).Length);
        Assert.Equal(5, await shop.Weak("b").InvokeMethodAsync<int, int>(nameof(IShopActor.AddAsync), 5));
        Assert.Equal(5, await shop.Weak("b").InvokeMethodAsync<int>(nameof(IShopActor.CountAsync)));
    }

    [Fact]
    public async Task Exceptions_reach_the_caller()
    {
        var shop = await _bed.StartAsync();

        var remote = await Assert.ThrowsAsync<ActorMethodInvocationException>(() => shop.Actor("a").FailAsync("no such shelf"));
        Assert.Contains("no such shelf", remote.InnerException!.Message, StringComparison.Ordinal);
        var weak = await Assert.ThrowsAsync<DaprApiException>(
            () => shop.Weak("a").InvokeMethodAsync<string, string>(nameof(IShopActor.FailAsync), "x"));
        Assert.Equal("ERR_ACTOR_INVOKE_METHOD", weak.ErrorCode);
        Assert.Equal("a: still there", await shop.Actor("a").EchoAsync("still there"));
    }

    [Theory]
    [InlineData("id with spaces")]
    [InlineData("ä-ö-ü")]
    public async Task Ids_may_hold_any_characters_a_url_can_carry(string id)
    {
        var shop = await _bed.StartAsync();

        Assert.Equal(1, await shop.Weak(Uri.EscapeDataString(id)).InvokeMethodAsync<int, int>(nameof(IShopActor.AddAsync), 1));
        Assert.Contains($"activated {id}", shop.Diary.Entries);
    }

    [Fact]
    public async Task State_survives_deactivation_and_restart()
    {
        var shop = await _bed.StartAsync();
        await shop.Actor("a").AddAsync(2);
        await shop.Actor("a").AddAsync(3);

        await _bed.Inner.RestartAsync();
        shop = await _bed.StartAsync();

        Assert.Equal(5, await shop.Actor("a").CountAsync());
        await shop.Actor("a").ForgetAsync();
        Assert.Equal(0, await shop.Actor("a").CountAsync());
    }

    [Fact]
    public async Task Calls_from_anywhere_take_turns()
    {
        var shop = await _bed.StartAsync();
        var caller = await _bed.CallerAsync("a");

        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => (i % 2 == 0 ? caller : shop.Actor("a")).AddAsync(1)));

        Assert.Equal(200, await shop.Actor("a").CountAsync());
        Assert.Empty(shop.Diary.Overlaps);
    }

    [Fact]
    public async Task An_idle_actor_is_deactivated_and_comes_back()
    {
        var shop = await _bed.StartAsync(configure: options => options.ActorIdleTimeout = TimeSpan.FromMinutes(10));
        await shop.Actor("a").AddAsync(1);
        _bed.Time.Advance(TimeSpan.FromMinutes(9));
        await shop.Actor("a").AddAsync(1);
        _bed.Time.Advance(TimeSpan.FromMinutes(9));
        Assert.DoesNotContain("deactivated a", shop.Diary.Entries);

        _bed.Time.Advance(TimeSpan.FromMinutes(1));
        await shop.Diary.SeenAsync("deactivated a");

        Assert.Equal(3, await shop.Actor("a").AddAsync(1));
        await shop.Diary.SeenAsync("activated a", times: 2);
    }

    [Fact]
    public async Task A_busy_actor_is_not_idle()
    {
        var shop = await _bed.StartAsync(configure: options => options.ActorIdleTimeout = TimeSpan.FromMinutes(10));
        var call = shop.Actor("a").WaitAsync("gate");
        await shop.Diary.SeenAsync("waiting gate");

        _bed.Time.Advance(TimeSpan.FromMinutes(30));
        shop.Diary.Gate("gate").SetResult();
        await call;

        Assert.DoesNotContain("deactivated a", shop.Diary.Entries);
    }

    [Fact]
    public async Task Timers_tick_until_they_are_stopped_or_the_actor_is()
    {
        var shop = await _bed.StartAsync();
        await shop.Actor("a").StartTimerAsync("t", TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10));
        await shop.Actor("a").StartTimerAsync("once", TimeSpan.FromSeconds(1), Never);

        _bed.Time.Advance(TimeSpan.FromSeconds(5));
        await shop.Diary.SeenAsync("timer t");
        await shop.Diary.SeenAsync("timer once");
        await TickAsync(shop, 2);
        await TickAsync(shop, 3);
        await shop.Actor("a").StopTimerAsync("t");
        _bed.Time.Advance(TimeSpan.FromSeconds(30));
        await shop.Actor("a").EchoAsync("after the ticks");

        Assert.Equal(3, shop.Diary.Entries.Count(entry => entry == "timer t"));
        Assert.Equal(1, shop.Diary.Entries.Count(entry => entry == "timer once"));
    }

    [Fact]
    public async Task Timers_end_with_the_activation()
    {
        var shop = await _bed.StartAsync(configure: options => options.ActorIdleTimeout = TimeSpan.FromMinutes(1));
        await shop.Actor("a").StartTimerAsync("t", TimeSpan.FromHours(1), TimeSpan.FromHours(1));

        _bed.Time.Advance(TimeSpan.FromMinutes(2));
        await shop.Diary.SeenAsync("deactivated a");
        await shop.Actor("b").EchoAsync("x");
        _bed.Time.Advance(TimeSpan.FromHours(3));
        await shop.Actor("b").EchoAsync("x");

        Assert.DoesNotContain("timer t", shop.Diary.Entries);
    }

    [Fact]
    public async Task Reminders_carry_their_data_and_can_be_read_and_stopped()
    {
        var shop = await _bed.StartAsync();
        var actor = shop.Actor("a");
        await actor.RemindAsync("expire", TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10), "basket 7");
        await actor.RemindTimesAsync("twice", TimeSpan.FromSeconds(1), 2, TimeSpan.FromSeconds(1));
        Assert.Equal("expire 00:00:10", await actor.ReminderAsync("expire"));

        await AdvanceUntilAsync(shop, "reminder twice times", 2);
        await AdvanceUntilAsync(shop, "reminder expire basket 7", 2);
        await actor.StopReminderAsync("expire");

        // The SDK has no other answer than an exception for a reminder that is not there.
        await Assert.ThrowsAsync<ActorMethodInvocationException>(() => actor.ReminderAsync("expire"));
        await Assert.ThrowsAsync<ActorMethodInvocationException>(() => actor.ReminderAsync("twice"));
        Assert.Equal(2, shop.Diary.Entries.Count(entry => entry == "reminder twice times"));
    }

    [Fact]
    public async Task Reminders_survive_a_restart_and_wake_their_actor()
    {
        var shop = await _bed.StartAsync();
        await shop.Actor("a").RemindAsync("later", TimeSpan.FromHours(2), Never, "x");
        await shop.Actor("a").RemindAsync("cancelled", TimeSpan.FromHours(2), Never, "x");
        await shop.Actor("a").StopReminderAsync("cancelled");
        await _bed.Inner.RestartAsync();

        _bed.Time.Advance(TimeSpan.FromHours(3));
        shop = await _bed.StartAsync();
        await shop.Diary.SeenAsync("reminder later x");
        await shop.Diary.SeenAsync("activated a");

        Assert.DoesNotContain("reminder cancelled x", shop.Diary.Entries);
    }

    [Fact]
    public async Task A_reentrant_actor_may_call_itself_as_deep_as_it_is_allowed()
    {
        var shop = await _bed.StartAsync(configure: options => options.ReentrancyConfig = new() { Enabled = true, MaxStackDepth = 4 });

        Assert.Equal(3, await shop.Actor("a").NestAsync(3));
        await Assert.ThrowsAsync<ActorMethodInvocationException>(() => shop.Actor("a").NestAsync(4));
        Assert.Equal(3, await shop.Actor("a").NestAsync(3));
    }

    [Fact]
    public async Task A_caller_that_gives_up_does_not_end_the_turn()
    {
        var shop = await _bed.StartAsync();
        using var giveUp = new CancellationTokenSource();
        var abandoned = shop.Weak("a").InvokeMethodAsync(nameof(IShopActor.WaitAsync), "gate", giveUp.Token);
        await shop.Diary.SeenAsync("waiting gate");
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => abandoned);

        var next = shop.Actor("a").AddAsync(1);
        await shop.Actor("b").EchoAsync("others go on");
        Assert.False(next.IsCompleted);
        shop.Diary.Gate("gate").SetResult();

        Assert.Equal(1, await next);
        Assert.Empty(shop.Diary.Overlaps);
    }

    [Fact]
    public async Task Many_actors_work_side_by_side()
    {
        var shop = await _bed.StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => shop.Actor("a" + (i % 100)).AddAsync(1)));

        Assert.All(await Task.WhenAll(Enumerable.Range(0, 100).Select(i => shop.Actor("a" + i).CountAsync())), count => Assert.Equal(5, count));
        var metadata = await shop.Sidecar.Client.GetMetadataAsync();
        Assert.Equal(("Shop", 100), (Assert.Single(metadata.Actors).Type, metadata.Actors[0].Count));
    }

    public async ValueTask DisposeAsync() => await _bed.DisposeAsync();

    // The next tick is set when the one before has been handled, for when it was due: setting it late is made up for.
    private async Task TickAsync(ShopInstance shop, int times)
    {
        _bed.Time.Advance(TimeSpan.FromSeconds(10));
        await shop.Diary.SeenAsync("timer t", times);
    }

    private async Task AdvanceUntilAsync(ShopInstance shop, string entry, int times)
    {
        for (var i = 0; i < 200 && shop.Diary.Entries.Count(e => e == entry) < times; i++)
        {
            _bed.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(10);
        }

        await shop.Diary.SeenAsync(entry, times);
    }
}
