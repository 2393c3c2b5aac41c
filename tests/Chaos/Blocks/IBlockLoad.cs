using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace NexusCart.Tests.Chaos.Blocks;

/// <summary>What an app asks of one building block, over and over, and how it can tell that nothing acknowledged was lost.</summary>
internal interface IBlockLoad
{
    /// <summary>Registers what the app needs. The app outlives the sidecar.</summary>
    void Configure(IServiceCollection services, VictimSidecar sidecar)
    {
    }

    /// <summary>Maps what the sidecar calls.</summary>
    void Map(WebApplication app)
    {
    }

    /// <summary>Waits until app and sidecar, just started, have found each other.</summary>
    Task ReadyAsync(SidecarClients sidecar) => Task.CompletedTask;

    /// <summary>One operation; returns once the sidecar has acknowledged it, throws otherwise.</summary>
    Task ActAsync(SidecarClients sidecar, int number);

    /// <summary>Asserts that all of these happened, and that what was attempted without an answer happened whole or not at all.</summary>
    Task VerifyAsync(SidecarClients sidecar, IReadOnlyCollection<int> acknowledged, IReadOnlyCollection<int> unanswered);
}
