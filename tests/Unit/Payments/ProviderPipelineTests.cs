using Microsoft.Extensions.Time.Testing;
using NexusCart.Payments.Providers;

namespace NexusCart.Tests.Unit.Payments;

/// <summary>What calls to a provider go through: limits, breaker, repetitions.</summary>
public sealed class ProviderPipelineTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly TestPipeline _pipeline;

    public ProviderPipelineTests() => _pipeline = new TestPipeline(
        new TestOptions
        {
            ApiBase = new Uri("http://127.0.0.1"),
            ReturnUrl = "",
            BreakAfter = 4,
            Break = TimeSpan.FromSeconds(5),
            MaxConcurrent = 2,
        },
        new PublishedLimits(1_000, 1_000),
        _time);

    public void Dispose() => _pipeline.Dispose();

    [Fact]
    public async Task A_provider_that_fails_is_left_alone_and_then_probed_by_one_call()
    {
        Assert.True(_pipeline.IsAvailable);
        for (var attempt = 0; attempt < 4; attempt++)
            await Assert.ThrowsAsync<OutcomeUnknownException>(() => CallAsync(() => throw Down()));
        Assert.False(_pipeline.IsAvailable);
        var calls = 0;
        var refused = await Assert.ThrowsAsync<OutcomeUnknownException>(() => CallAsync(() => calls++));
        Assert.Equal((true, 0), (refused.OutOfOrder, calls));

        _time.Advance(TimeSpan.FromSeconds(6));
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => CallAsync(() => throw Down()));
        Assert.False(_pipeline.IsAvailable);
        _time.Advance(TimeSpan.FromSeconds(6));
        await CallAsync(() => calls++);
        Assert.Equal((true, 1), (_pipeline.IsAvailable, calls));
    }

    [Fact]
    public async Task What_is_definite_or_only_unlucky_says_nothing_of_its_health()
    {
        for (var attempt = 0; attempt < 20; attempt++)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => CallAsync(() => throw new InvalidOperationException("declined")));
            await Assert.ThrowsAsync<OutcomeUnknownException>(() => CallAsync(() => throw new OutcomeUnknownException("busy") { Passing = false, BlamesProvider = false }));
        }

        Assert.True(_pipeline.IsAvailable);
    }

    [Fact]
    public async Task What_is_unknown_is_repeated_and_what_is_definite_is_not()
    {
        var calls = 0;
        var call = CallAsync(() => ++calls < 3 ? throw new OutcomeUnknownException("lost") { BlamesProvider = false } : calls);
        while (!call.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Yield();
        }

        await call;
        Assert.Equal(3, calls);
        await Assert.ThrowsAsync<InvalidOperationException>(() => CallAsync(() =>
        {
            calls++;
            throw new InvalidOperationException("declined");
        }));
        Assert.Equal(4, calls);
    }

    [Fact]
    public async Task No_more_run_at_once_than_are_allowed()
    {
        var running = 0;
        var most = 0;
        var gate = new TaskCompletionSource();
        var calls = Enumerable.Range(0, 10).Select(_ => _pipeline.CallAsync("any", async _ =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            await gate.Task;
            return Interlocked.Decrement(ref running);
        }, default)).ToList();
        Assert.Equal(2, Volatile.Read(ref running));
        gate.SetResult();
        await Task.WhenAll(calls);
        Assert.Equal(2, most);
    }

    [Fact]
    public async Task One_busy_endpoint_does_not_hold_up_another()
    {
        using var pipeline = new TestPipeline(
            new TestOptions { ApiBase = new Uri("http://127.0.0.1"), ReturnUrl = "", MaxConcurrent = 100 }, new PublishedLimits(1_000, 1), TimeProvider.System);
        // One a second for each, and five may wait.
        using var enough = new CancellationTokenSource();
        var creates = Enumerable.Range(0, 20).Select(_ => pipeline.CallAsync("create", _ => Task.FromResult(1), enough.Token)).ToList();
        Assert.Equal(2, await pipeline.CallAsync("capture", _ => Task.FromResult(2), default));
        Assert.Contains(creates, create => create.Exception?.InnerException is OutcomeUnknownException);
        await enough.CancelAsync();
        await Task.WhenAll(creates.Select(create => create.ContinueWith(_ => { }, TaskScheduler.Default)));
    }

    private static OutcomeUnknownException Down() => new("down") { Passing = false };

    private Task<int> CallAsync(Func<int> call) => _pipeline.CallAsync("any", _ => Task.FromResult(call()), default);

    private sealed record TestOptions : ProviderOptions;

    private sealed class TestPipeline(ProviderOptions options, PublishedLimits limits, TimeProvider time) : ProviderPipeline(options, limits, time)
    {
        protected override Exception? Translate(Exception failure) => null;
    }
}
