using Dapr;
using Dapr.Client;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using NexusCart.Platform.Actors;
using NSubstitute;
using NSubstitute.ExceptionExtensions;

namespace NexusCart.Tests.Unit.Actors;

public sealed class ActorTopologyGuardTests
{
    private readonly DaprClient _dapr = Substitute.For<DaprClient>();

    /// <summary>A store says Aborted or Internal of a key that exists; another writes all the same.</summary>
    [Theory]
    [InlineData(StatusCode.Aborted)]
    [InlineData(StatusCode.Internal)]
    [InlineData(StatusCode.OK)]
    public async Task Whatever_a_store_says_when_the_key_exists_what_is_read_counts(StatusCode answer)
    {
        Stores(null, 16);
        if (answer != StatusCode.OK)
            Saving().ThrowsAsync(new DaprException("refused", new RpcException(new Status(answer, "exists"))));

        await GuardOf(16).StartAsync(CancellationToken.None);

        await _dapr.Received(1).SaveStateAsync(
            "statestore", "topology-ShardActor", 16, Arg.Is<StateOptions>(options => options.Concurrency == ConcurrencyMode.FirstWrite),
            Arg.Any<IReadOnlyDictionary<string, string>>(), Arg.Any<CancellationToken>());
    }

    [Fact]
    public async Task Another_number_than_the_stored_one_stops_the_service()
    {
        Stores(8);
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => GuardOf(16).StartAsync(CancellationToken.None));
        Assert.Contains("8 actors, but 16", refusal.Message);
    }

    private void Stores(int? first, params int?[] later) => _dapr
        .GetStateAsync<int?>("statestore", "topology-ShardActor", cancellationToken: Arg.Any<CancellationToken>())
        .Returns(first, later);

    private Task Saving() => _dapr.SaveStateAsync(
        "statestore", "topology-ShardActor", 16, Arg.Any<StateOptions>(), Arg.Any<IReadOnlyDictionary<string, string>>(), Arg.Any<CancellationToken>());

    private ActorTopologyGuard GuardOf(int count) => new(
        _dapr, [new ActorTopology("ShardActor", count)], TimeProvider.System, NullLogger<ActorTopologyGuard>.Instance);
}
