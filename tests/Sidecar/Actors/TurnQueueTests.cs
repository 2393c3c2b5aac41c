using CsCheck;
using NexusCart.Sidecar.Actors;
using NexusCart.Sidecar.Api;

namespace NexusCart.Tests.Sidecar.Actors;

public sealed class TurnQueueTests
{
    private const int Depth = 3;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly TurnQueue _turns = new();

    [Fact]
    public async Task Turns_come_one_at_a_time_in_the_order_they_were_asked_for()
    {
        var order = new List<int>();
        var first = await EnterAsync();
        var others = Enumerable.Range(0, 50).Select(async i =>
        {
            var turn = await EnterAsync();
            order.Add(i);
            await Task.Yield();
            _turns.Leave(turn!);
        }).ToArray();
        Assert.Empty(order);

        _turns.Leave(first!);
        await Task.WhenAll(others).WaitAsync(Limit);

        Assert.Equal(Enumerable.Range(0, 50), order);
    }

    [Fact]
    public async Task No_two_turns_ever_overlap()
    {
        var inside = 0;
        var worst = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 2_000; i++)
            {
                var turn = await EnterAsync();
                worst = Math.Max(worst, Interlocked.Increment(ref inside));
                if (i % 16 == 0)
                    await Task.Yield();
                Interlocked.Decrement(ref inside);
                _turns.Leave(turn!);
            }
        }))).WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(1, worst);
        Assert.True(_turns.TryCloseIdle());
    }

    [Fact]
    public async Task A_call_with_the_id_of_the_turn_under_way_enters_at_once()
    {
        var outer = await EnterAsync("a");
        var other = EnterAsync("b");
        var inner = await EnterAsync("a");

        Assert.Same(outer, inner);
        _turns.Leave(inner!);
        Assert.False(other.IsCompleted);
        _turns.Leave(outer!);
        _turns.Leave((await other.WaitAsync(Limit))!);
    }

    [Fact]
    public async Task A_turn_takes_no_more_than_its_depth_and_is_usable_after_that()
    {
        var turns = new List<Turn?>();
        for (var i = 0; i < Depth; i++)
            turns.Add(await EnterAsync("a"));

        var error = await Assert.ThrowsAsync<DaprApiException>(() => EnterAsync("a"));
        Assert.Equal("ERR_ACTOR_STACK_DEPTH", error.ErrorCode);

        foreach (var turn in turns)
            _turns.Leave(turn!);
        Assert.NotNull(await EnterAsync("b"));
    }

    [Fact]
    public async Task Calls_join_a_turn_that_still_waits()
    {
        var first = await EnterAsync("a");
        var waiting = EnterAsync("b");
        var joined = EnterAsync("b");
        _turns.Leave(first!);

        Assert.Same(await waiting.WaitAsync(Limit), await joined.WaitAsync(Limit));
    }

    [Fact]
    public async Task Who_gives_up_waiting_is_passed_over()
    {
        var first = await EnterAsync();
        using var impatient = new CancellationTokenSource();
        var second = EnterAsync(cancellation: impatient.Token);
        var third = EnterAsync();

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        _turns.Leave(first!);

        Assert.NotNull(await third.WaitAsync(Limit));
    }

    [Fact]
    public async Task Closing_sends_away_who_waits_and_ends_with_the_turn_under_way()
    {
        var first = await EnterAsync();
        var waiting = EnterAsync();

        Assert.True(_turns.TryClose(out var drained));
        Assert.False(_turns.TryClose(out _));
        Assert.Null(await waiting.WaitAsync(Limit));
        Assert.Null(await EnterAsync());
        Assert.False(drained.IsCompleted);

        _turns.Leave(first!);
        await drained.WaitAsync(Limit);
    }

    [Fact]
    public async Task Only_an_idle_queue_closes_by_itself()
    {
        var turn = await EnterAsync();
        Assert.False(_turns.TryCloseIdle());
        _turns.Leave(turn!);
        Assert.True(_turns.TryCloseIdle());
        Assert.Null(await EnterAsync());
    }

    [Fact]
    public void Whatever_is_entered_left_and_cancelled_the_queue_ends_idle() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[0, 9]).List[1, 60].Sample(
            steps =>
            {
                var queue = new TurnQueue();
                var entered = new List<(Task<Turn?> Turn, CancellationTokenSource Cancel)>();
                foreach (var (action, id, pick) in steps)
                {
                    var some = entered.Count == 0 ? default : entered[pick % entered.Count];
                    switch (action)
                    {
                        case 0 or 1:
                            var cancel = new CancellationTokenSource();
                            var task = TryEnterAsync(queue, id == 0 ? null : "id" + id, cancel.Token);
                            entered.Add((task, cancel));
                            break;
                        case 2 when some.Turn is { IsCompletedSuccessfully: true }:
                            entered.Remove(some);
                            if (some.Turn.Result is { } turn)
                                queue.Leave(turn);
                            break;
                        case 3 when some.Turn is { IsCompleted: false }:
                            some.Cancel.Cancel();
                            break;
                    }
                }

                // Whoever is left gets a turn sooner or later, or gave up.
                while (entered.Count > 0)
                {
                    var done = Task.WhenAny(entered.Select(e => e.Turn)).WaitAsync(Limit).GetAwaiter().GetResult();
                    entered.RemoveAll(e => e.Turn == done);
                    if (done.IsCompletedSuccessfully && done.Result is { } turn)
                        queue.Leave(turn);
                }

                return queue.TryCloseIdle();
            });

    private static async Task<Turn?> TryEnterAsync(TurnQueue queue, string? id, CancellationToken cancellation)
    {
        try
        {
            return await queue.EnterAsync(id, Depth, cancellation);
        }
        catch (Exception e) when (e is DaprApiException or OperationCanceledException)
        {
            return null;
        }
    }

    private Task<Turn?> EnterAsync(string? id = null, CancellationToken cancellation = default) =>
        _turns.EnterAsync(id, Depth, cancellation).AsTask();
}
