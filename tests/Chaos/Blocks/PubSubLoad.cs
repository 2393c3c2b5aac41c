using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace NexusCart.Tests.Chaos.Blocks;

/// <summary>Events to a subscriber that refuses each tenth once.</summary>
internal sealed class PubSubLoad : IBlockLoad
{
    private const int Probe = -1;
    private readonly ConcurrentDictionary<int, int> _calls = new();
    private readonly ConcurrentDictionary<int, bool> _handled = new();

    public void Map(WebApplication app)
    {
        app.UseCloudEvents();
        app.MapSubscribeHandler();
        app.MapPost("/numbers", (Number number) =>
        {
            if (_calls.AddOrUpdate(number.Value, 1, (_, calls) => calls + 1) == 1 && number.Value % 10 == 0)
                return Results.StatusCode(StatusCodes.Status500InternalServerError);
            _handled[number.Value] = true;
            return Results.Ok();
        }).WithTopic("pubsub", "numbers");
    }

    /// <summary>An event that nobody subscribes to is nobody's: the first life waits for its subscription.</summary>
    public async Task ReadyAsync(SidecarClients sidecar)
    {
        await Eventually.TrueAsync(async () =>
        {
            await ActAsync(sidecar, Probe);
            return _handled.ContainsKey(Probe);
        }, "no event is delivered");
    }

    public Task ActAsync(SidecarClients sidecar, int number) => sidecar.Dapr.PublishEventAsync("pubsub", "numbers", new Number(number));

    public async Task VerifyAsync(SidecarClients sidecar, IReadOnlyCollection<int> acknowledged, IReadOnlyCollection<int> unanswered) =>
        await Eventually.AllAsync(acknowledged, _handled.ContainsKey, "published and never handled");

    internal sealed record Number(int Value);
}
