using System.Text.Json;
using Dapr.Actors;
using Dapr.Actors.Runtime;
using NexusCart.Platform.Actors;

namespace NexusCart.Users.Actors;

/// <summary>A client application, as OpenIddict knows it. Its id is its client id.</summary>
public sealed record ClientRecord
{
    /// <summary>The client id.</summary>
    public string Id { get; set; } = "";

    /// <summary>"web" or "native".</summary>
    public string? ApplicationType { get; set; }

    /// <summary>The secret of a confidential client, hashed.</summary>
    public string? Secret { get; set; }

    /// <summary>"public" or "confidential".</summary>
    public string? ClientType { get; set; }

    /// <summary>"implicit": the shop's own clients ask nobody.</summary>
    public string? ConsentType { get; set; }

    /// <summary>For people.</summary>
    public string? DisplayName { get; set; }

    /// <summary>By culture, for people.</summary>
    public Dictionary<string, string> DisplayNames { get; set; } = [];

    /// <summary>Public keys of a client that signs, as JSON.</summary>
    public string? JsonWebKeySet { get; set; }

    /// <summary>Endpoints, grant types and scopes it may use.</summary>
    public List<string> Permissions { get; set; } = [];

    /// <summary>Where it may be sent after signing out.</summary>
    public List<string> PostLogoutRedirectUris { get; set; } = [];

    /// <summary>Anything else; the roles of a client that acts for itself are here.</summary>
    public Dictionary<string, JsonElement> Properties { get; set; } = [];

    /// <summary>Where codes may be sent.</summary>
    public List<string> RedirectUris { get; set; } = [];

    /// <summary>What is demanded of it: PKCE.</summary>
    public List<string> Requirements { get; set; } = [];

    /// <summary>Lifetimes.</summary>
    public Dictionary<string, string> Settings { get; set; } = [];

    /// <summary>Counts the writes: a writer must have seen the last one.</summary>
    public long Version { get; set; }
}

/// <summary>A scope, as OpenIddict knows it. Its id is its name.</summary>
public sealed record ScopeRecord
{
    /// <summary>The name.</summary>
    public string Id { get; set; } = "";

    /// <summary>For people.</summary>
    public string? Description { get; set; }

    /// <summary>By culture, for people.</summary>
    public Dictionary<string, string> Descriptions { get; set; } = [];

    /// <summary>For people.</summary>
    public string? DisplayName { get; set; }

    /// <summary>By culture, for people.</summary>
    public Dictionary<string, string> DisplayNames { get; set; } = [];

    /// <summary>Anything else.</summary>
    public Dictionary<string, JsonElement> Properties { get; set; } = [];

    /// <summary>The audiences it opens.</summary>
    public List<string> Resources { get; set; } = [];

    /// <summary>Counts the writes: a writer must have seen the last one.</summary>
    public long Version { get; set; }
}

/// <summary>What the registry holds.</summary>
public sealed record RegistryContent(IReadOnlyList<ClientRecord> Clients, IReadOnlyList<ScopeRecord> Scopes);

/// <summary>The client applications and scopes; there are few, and one actor holds them.</summary>
public interface IClientRegistryActor : IActor
{
    /// <summary>Everything.</summary>
    Task<RegistryContent> ReadAsync();

    /// <summary>Writes a client; false when the writer has not seen the last version. Version 0 makes one.</summary>
    Task<bool> PutClientAsync(ClientRecord client);

    /// <summary>Removes a client; false when the writer has not seen the last version.</summary>
    Task<bool> RemoveClientAsync(ClientRecord client);

    /// <summary>Writes a scope; false when the writer has not seen the last version. Version 0 makes one.</summary>
    Task<bool> PutScopeAsync(ScopeRecord scope);

    /// <summary>Removes a scope; false when the writer has not seen the last version.</summary>
    Task<bool> RemoveScopeAsync(ScopeRecord scope);
}

/// <summary>The registry. State keys: <c>names</c>, <c>c:{id}</c> for each client, <c>s:{name}</c> for each scope.</summary>
public sealed class ClientRegistryActor(ActorHost host) : Actor(host), IClientRegistryActor
{
    /// <summary>The id of the one there is.</summary>
    public const string OnlyId = "registry";

    private const string NamesKey = "names";

    /// <inheritdoc/>
    public async Task<RegistryContent> ReadAsync()
    {
        List<ClientRecord> clients = [];
        List<ScopeRecord> scopes = [];
        foreach (var name in await NamesAsync())
        {
            if (name.StartsWith("c:", StringComparison.Ordinal))
                clients.Add(await StateManager.GetStateAsync<ClientRecord>(Key(name)));
            else
                scopes.Add(await StateManager.GetStateAsync<ScopeRecord>(Key(name)));
        }

        return new RegistryContent(clients, scopes);
    }

    /// <inheritdoc/>
    public Task<bool> PutClientAsync(ClientRecord client) =>
        PutAsync("c:" + client.Id, client, client.Version, known => known.Version, client with { Version = client.Version + 1 });

    /// <inheritdoc/>
    public Task<bool> RemoveClientAsync(ClientRecord client) =>
        RemoveAsync<ClientRecord>("c:" + client.Id, client.Version, known => known.Version);

    /// <inheritdoc/>
    public Task<bool> PutScopeAsync(ScopeRecord scope) =>
        PutAsync("s:" + scope.Id, scope, scope.Version, known => known.Version, scope with { Version = scope.Version + 1 });

    /// <inheritdoc/>
    public Task<bool> RemoveScopeAsync(ScopeRecord scope) =>
        RemoveAsync<ScopeRecord>("s:" + scope.Id, scope.Version, known => known.Version);

    private Task<bool> PutAsync<T>(string name, T record, long seen, Func<T, long> versionOf, T next)
        where T : class => StateManager.CommitAsync(async () =>
    {
        var stored = await StateManager.TryGetStateAsync<T>(Key(name));
        if ((stored.HasValue ? versionOf(stored.Value) : 0) != seen)
            return false;
        if (!stored.HasValue)
            await StateManager.SetStateAsync(NamesKey, new List<string>([.. await NamesAsync(), name]));
        await StateManager.SetStateAsync(Key(name), next);
        return true;
    });

    private Task<bool> RemoveAsync<T>(string name, long seen, Func<T, long> versionOf)
        where T : class => StateManager.CommitAsync(async () =>
    {
        var stored = await StateManager.TryGetStateAsync<T>(Key(name));
        if (!stored.HasValue || versionOf(stored.Value) != seen)
            return false;
        await StateManager.SetStateAsync(NamesKey, new List<string>((await NamesAsync()).Where(other => other != name)));
        await StateManager.RemoveStateAsync(Key(name));
        return true;
    });

    private async Task<List<string>> NamesAsync() => await StateManager.FindAsync<List<string>>(NamesKey) ?? [];

    private static string Key(string name) => StateKeys.Escape(name);
}
