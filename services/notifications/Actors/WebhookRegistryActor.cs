using Dapr.Actors.Runtime;
using NexusCart.Platform.Actors;

namespace NexusCart.Notifications.Actors;

/// <summary>The endpoints there are. State key: <c>endpoints</c>.</summary>
public sealed class WebhookRegistryActor(ActorHost host) : Actor(host), IWebhookRegistryActor
{
    /// <summary>The id of the one there is.</summary>
    public const string OnlyId = "registry";

    /// <summary>Most endpoints.</summary>
    public const int MaxEndpoints = 100;

    private const string StateKey = "endpoints";

    /// <inheritdoc/>
    public async Task<List<RegisteredEndpoint>> ReadAsync() => await StateManager.FindAsync<List<RegisteredEndpoint>>(StateKey) ?? [];

    /// <inheritdoc/>
    public async Task<bool> PutAsync(RegisteredEndpoint endpoint)
    {
        var others = (await ReadAsync()).Where(known => known.EndpointId != endpoint.EndpointId).ToList();
        if (others.Count >= MaxEndpoints)
            return false;
        await StateManager.CommitAsync<List<RegisteredEndpoint>>(StateKey, [.. others.Append(endpoint).OrderBy(known => known.EndpointId, StringComparer.Ordinal)]);
        return true;
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(string endpointId) =>
        await StateManager.CommitAsync<List<RegisteredEndpoint>>(StateKey, [.. (await ReadAsync()).Where(known => known.EndpointId != endpointId)]);
}
