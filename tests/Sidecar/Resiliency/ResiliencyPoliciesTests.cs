using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Resiliency;
using NexusCart.Sidecar.Resources;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.Resiliency;

public sealed class ResiliencyPoliciesTests : IAsyncDisposable
{
    private readonly SidecarBed _bed = new();
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Retries_as_often_as_the_policy_says_and_gives_the_last_failure()
    {
        var policies = Policies("""
            policies: { retries: { three: { policy: constant, duration: 0s, maxRetries: 3 } } }
            targets: { components: { ps: { inbound: { retry: three } } } }
            """);
        var calls = 0;

        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
            await policies.Inbound("ps", ComponentKind.Pubsub).RunAsync(_ => throw new InvalidOperationException($"try {++calls}"), default));

        Assert.Equal("try 4", error.Message);
        Assert.True(policies.Outbound("ps", ComponentKind.Pubsub).IsEmpty);
        Assert.True(policies.Inbound("other", ComponentKind.Pubsub).IsEmpty);
    }

    [Fact]
    public async Task Does_not_retry_what_is_permanent_or_not_among_the_codes()
    {
        var policies = Policies("""
            policies: { retries: { some: { duration: 0s, maxRetries: 2, matching: { gRPCStatusCodes: "4,13-14" } } } }
            targets: { apps: { a: { retry: some } } }
            """);
        var policy = policies.App("a", "m");

        Assert.Equal(1, await CallsUntilFailureAsync(policy, () => new RpcException(new Status(StatusCode.NotFound, ""))));
        Assert.Equal(3, await CallsUntilFailureAsync(policy, () => new RpcException(new Status(StatusCode.Unavailable, ""))));
        Assert.Equal(3, await CallsUntilFailureAsync(policy, () => new HttpRequestException("no code")));
        Assert.Equal(1, await CallsUntilFailureAsync(policy, () => new PermanentFailureException(new InvalidOperationException())));
    }

    [Fact]
    public async Task Timeout_reads_as_in_Dapr()
    {
        var policies = Policies("""
            policies: { timeouts: { short: 500 } }
            targets: { components: { s: { outbound: { timeout: short } } } }
            """);

        var call = policies.Outbound("s", ComponentKind.Statestore)
            .RunAsync(async token => await Task.Delay(Timeout.InfiniteTimeSpan, token), default).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(501));

        Assert.Equal("context deadline exceeded", (await Assert.ThrowsAsync<TimeoutException>(() => call)).Message);
    }

    [Fact]
    public async Task Breaker_opens_lets_one_through_and_closes()
    {
        var policies = Policies("""
            policies: { circuitBreakers: { cb: { maxRequests: 1, timeout: 3s, trip: "consecutiveFailures >= 2" } } }
            targets: { apps: { a: { circuitBreaker: cb } } }
            """);
        var policy = policies.App("a", "m");

        await FailAsync(policy);
        await FailAsync(policy);
        Assert.Equal("circuit breaker is open", (await Assert.ThrowsAsync<CircuitOpenException>(async () => await SucceedAsync(policy))).Message);
        await SucceedAsync(policies.App("a", "other"));

        _time.Advance(TimeSpan.FromSeconds(3));
        await FailAsync(policy);
        await Assert.ThrowsAsync<CircuitOpenException>(async () => await SucceedAsync(policy));

        _time.Advance(TimeSpan.FromSeconds(3));
        await SucceedAsync(policy);
        await FailAsync(policy);
        await SucceedAsync(policy);
    }

    [Fact]
    public async Task Defaults_apply_from_specific_to_general()
    {
        var policies = Policies("""
            policies:
              retries:
                DefaultRetryPolicy: { duration: 0s, maxRetries: 1 }
                DefaultPubsubComponentInboundRetryPolicy: { duration: 0s, maxRetries: 4 }
            targets: {}
            """);

        Assert.Equal(2, await CallsUntilFailureAsync(policies.App("any", "m"), () => new InvalidOperationException()));
        Assert.Equal(5, await CallsUntilFailureAsync(policies.Inbound("any", ComponentKind.Pubsub), () => new InvalidOperationException()));
        Assert.Equal(2, await CallsUntilFailureAsync(policies.Outbound("any", ComponentKind.Pubsub), () => new InvalidOperationException()));
    }

    [Fact]
    public async Task Broken_trip_condition_is_left_out()
    {
        var policies = Policies("""
            policies: { circuitBreakers: { cb: { trip: "nonsense > (" } } }
            targets: { apps: { a: { circuitBreaker: cb } } }
            """);

        await SucceedAsync(policies.App("a", "m"));
    }

    [Theory]
    [InlineData("429,500-599", 429, true)]
    [InlineData("429,500-599", 550, true)]
    [InlineData("429,500-599", 499, false)]
    public void Code_ranges_contain_what_they_say(string text, int code, bool expected) =>
        Assert.Equal(expected, CodeRanges.Parse(text, 100, 599).Contains(code));

    [Theory]
    [InlineData("600")]
    [InlineData("500-400")]
    [InlineData("x")]
    public void Code_ranges_refuse_nonsense(string text) =>
        Assert.Throws<FormatException>(() => CodeRanges.Parse(text, 100, 599));

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    private static ValueTask SucceedAsync(ResiliencyPolicy policy) => policy.RunAsync(_ => ValueTask.CompletedTask, default);

    private static async Task FailAsync(ResiliencyPolicy policy) =>
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await policy.RunAsync(_ => throw new InvalidOperationException(), default));

    private static async Task<int> CallsUntilFailureAsync(ResiliencyPolicy policy, Func<Exception> failure)
    {
        var calls = 0;
        await Assert.ThrowsAnyAsync<Exception>(async () => await policy.RunAsync(
            _ =>
            {
                calls++;
                throw failure();
            },
            default));
        return calls;
    }

    private ResiliencyPolicies Policies(string spec)
    {
        var indented = string.Join('\n', spec.Split('\n').Select(line => "  " + line));
        _bed.Resource("resiliency.yaml", "apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: { name: r }\nspec:\n" + indented);
        var resources = ResourceLoader.Load(new SidecarOptions { AppId = "x", ResourcePaths = [_bed.ResourcesFolder] });
        Assert.Empty(resources.Warnings);
        return new ResiliencyPolicies(resources, _time, NullLogger<ResiliencyPolicies>.Instance);
    }
}
