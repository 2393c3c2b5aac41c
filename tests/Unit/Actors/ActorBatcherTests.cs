using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Platform.Actors;

namespace NexusCart.Tests.Unit.Actors;

public class ActorBatcherTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>An actor whose turns the test lets through one by one.</summary>
    private sealed class GatedActor
    {
        private readonly SemaphoreSlim _gate = new(0);
        private readonly SemaphoreSlim _arrivals = new(0);
        private int _inside;

        public ConcurrentQueue<int[]> Batches { get; } = new();

        public int MostInside { get; private set; }

        public Exception? Failure { get; set; }

        public async Task<IReadOnlyList<string>> CallAsync(string actorId, IReadOnlyList<int> batch, CancellationToken cancellationToken)
        {
            lock (_arrivals)
                MostInside = Math.Max(MostInside, ++_inside);
            Batches.Enqueue([.. batch]);
            _arrivals.Release();
            try
            {
                await _gate.WaitAsync(cancellationToken);
            }
            finally
            {
                lock (_arrivals)
                    _inside--;
            }

            return Failure is null ? [.. batch.Select(request => $"{actorId}:{request}")] : throw Failure;
        }

        public async Task ArrivedAsync() => Assert.True(await _arrivals.WaitAsync(Patience));

        public void Let(int turns) => _gate.Release(turns);
    }

    [Fact]
    public async Task Requests_that_come_during_a_call_leave_together_as_the_next_one()
    {
        var actor = new GatedActor();
        var batcher = new ActorBatcher<int, string>(actor.CallAsync);

        var first = batcher.SendAsync("a", 0);
        await actor.ArrivedAsync();
        var others = Enumerable.Range(1, 5).Select(request => batcher.SendAsync("a", request)).ToArray();
        actor.Let(2);

        Assert.Equal("a:0", await first.WaitAsync(Patience));
        Assert.Equal(["a:1", "a:2", "a:3", "a:4", "a:5"], await Task.WhenAll(others).WaitAsync(Patience));
        Assert.Equal(2, actor.Batches.Count);
        Assert.Equal(1, actor.MostInside);
    }

    [Fact]
    public async Task Actors_do_not_wait_for_each_other()
    {
        var actor = new GatedActor();
        var batcher = new ActorBatcher<int, string>(actor.CallAsync);

        var one = batcher.SendAsync("a", 1);
        var two = batcher.SendAsync("b", 2);
        await actor.ArrivedAsync();
        await actor.ArrivedAsync();
        actor.Let(2);

        Assert.Equal(["a:1", "b:2"], await Task.WhenAll(one, two).WaitAsync(Patience));
        Assert.Equal(2, actor.MostInside);
    }

    [Fact]
    public async Task Batches_keep_to_size_and_weight_and_a_heavy_request_goes_alone()
    {
        var actor = new GatedActor();
        var options = new ActorBatcherOptions { MaxBatchSize = 3, MaxBatchWeight = 10 };
        var batcher = new ActorBatcher<int, string>(actor.CallAsync, options, weigh: request => request);

        var first = batcher.SendAsync("a", 1);
        await actor.ArrivedAsync();
        var rest = new[] { 1, 2, 3, 4, 6, 50, 1 }.Select(request => batcher.SendAsync("a", request)).ToArray();
        actor.Let(10);
        await Task.WhenAll(rest).WaitAsync(Patience);
        await first;

        Assert.Equal([[1], [1, 2, 3], [4, 6], [50], [1]], actor.Batches);
    }

    [Fact]
    public async Task A_failed_call_answers_unknown_to_all_its_requests_and_the_next_call_goes_on()
    {
        var actor = new GatedActor { Failure = new InvalidOperationException("boom") };
        var batcher = new ActorBatcher<int, string>(actor.CallAsync);

        var first = batcher.SendAsync("a", 0);
        await actor.ArrivedAsync();
        var second = batcher.SendAsync("a", 1);
        actor.Let(1);

        var failure = await Assert.ThrowsAsync<RpcException>(() => first.WaitAsync(Patience));
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        actor.Failure = null;
        actor.Let(1);
        // The second may have been taken with the failing batch's successor only: it must not be lost.
        Assert.Equal("a:1", await second.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_call_that_does_not_heed_its_token_still_has_a_deadline()
    {
        var time = new FakeTimeProvider();
        var called = new TaskCompletionSource();
        var batcher = new ActorBatcher<int, string>(
            (_, _, _) =>
            {
                called.TrySetResult();
                return new TaskCompletionSource<IReadOnlyList<string>>().Task;
            },
            new ActorBatcherOptions { CallTimeout = TimeSpan.FromSeconds(10) },
            time);

        var answer = batcher.SendAsync("a", 1);
        await called.Task.WaitAsync(Patience);
        time.Advance(TimeSpan.FromSeconds(11));

        var failure = await Assert.ThrowsAsync<RpcException>(() => answer.WaitAsync(Patience));
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.Contains("in time", failure.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_number_of_answers_is_unknown()
    {
        var batcher = new ActorBatcher<int, string>((_, _, _) => Task.FromResult<IReadOnlyList<string>>([]));
        var failure = await Assert.ThrowsAsync<RpcException>(() => batcher.SendAsync("a", 1).WaitAsync(Patience));
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
    }

    [Fact]
    public async Task Overload_is_refused_at_once_and_passes_when_the_queue_drains()
    {
        var actor = new GatedActor();
        var batcher = new ActorBatcher<int, string>(actor.CallAsync, new ActorBatcherOptions { MaxQueued = 2 });

        var first = batcher.SendAsync("a", 0);
        await actor.ArrivedAsync();
        var queued = new[] { batcher.SendAsync("a", 1), batcher.SendAsync("a", 2) };
        var refused = await Assert.ThrowsAsync<RpcException>(() => batcher.SendAsync("a", 3));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);

        actor.Let(10);
        await Task.WhenAll([first, .. queued]).WaitAsync(Patience);
        Assert.Equal("a:4", await batcher.SendAsync("a", 4).WaitAsync(Patience));
    }

    [Fact]
    public async Task Who_gives_up_while_queued_is_not_sent_and_disturbs_nobody()
    {
        var actor = new GatedActor();
        var batcher = new ActorBatcher<int, string>(actor.CallAsync);
        using var cancelled = new CancellationTokenSource();

        var first = batcher.SendAsync("a", 0, cancelled.Token);
        await actor.ArrivedAsync();
        var givesUp = batcher.SendAsync("a", 1, cancelled.Token);
        var stays = batcher.SendAsync("a", 2);
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givesUp);
        actor.Let(2);
        Assert.Equal("a:2", await stays.WaitAsync(Patience));
        Assert.Equal([[0], [2]], actor.Batches);
    }

    [Fact]
    public async Task Thousands_of_requests_in_parallel_get_their_own_answers()
    {
        var inside = new ConcurrentDictionary<string, int>();
        var overlapped = false;
        var batcher = new ActorBatcher<int, string>(
            async (actorId, batch, _) =>
            {
                overlapped |= inside.AddOrUpdate(actorId, 1, (_, count) => count + 1) > 1;
                await Task.Yield();
                inside.AddOrUpdate(actorId, 0, (_, count) => count - 1);
                return [.. batch.Select(request => $"{actorId}:{request}")];
            });

        var answers = await Task.WhenAll(Enumerable.Range(0, 5000)
            .Select(request => Task.Run(() => batcher.SendAsync($"{request % 7}", request)))).WaitAsync(Patience);

        Assert.Equal(Enumerable.Range(0, 5000).Select(request => $"{request % 7}:{request}"), answers);
        Assert.False(overlapped);
    }
}
