using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;
using NexusCart.Users.Actors;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictExceptions;

namespace NexusCart.Users.OAuth.Stores;

/// <summary>OpenIddict's applications, in the registry.</summary>
public sealed class ClientStore(UserActors actors) : IOpenIddictApplicationStore<ClientRecord>
{
    /// <inheritdoc/>
    public async ValueTask<long> CountAsync(CancellationToken cancellationToken) => (await AllAsync(cancellationToken)).Count;

    /// <inheritdoc/>
    public ValueTask<long> CountAsync<TResult>(Func<IQueryable<ClientRecord>, IQueryable<TResult>> query, CancellationToken cancellationToken) =>
        throw KeyedStore.NoQueries();

    /// <inheritdoc/>
    public ValueTask<TResult?> GetAsync<TState, TResult>(
        Func<IQueryable<ClientRecord>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken) =>
        throw KeyedStore.NoQueries();

    /// <inheritdoc/>
    public IAsyncEnumerable<TResult> ListAsync<TState, TResult>(
        Func<IQueryable<ClientRecord>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken) =>
        throw KeyedStore.NoQueries();

    /// <inheritdoc/>
    public ValueTask CreateAsync(ClientRecord application, CancellationToken cancellationToken) =>
        WriteAsync(nameof(IClientRegistryActor.PutClientAsync), application, cancellationToken);

    /// <inheritdoc/>
    public ValueTask UpdateAsync(ClientRecord application, CancellationToken cancellationToken) =>
        WriteAsync(nameof(IClientRegistryActor.PutClientAsync), application, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DeleteAsync(ClientRecord application, CancellationToken cancellationToken) =>
        WriteAsync(nameof(IClientRegistryActor.RemoveClientAsync), application, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<ClientRecord?> FindByIdAsync(string identifier, CancellationToken cancellationToken) =>
        (await AllAsync(cancellationToken)).FirstOrDefault(client => client.Id == identifier);

    /// <inheritdoc/>
    public ValueTask<ClientRecord?> FindByClientIdAsync(string identifier, CancellationToken cancellationToken) =>
        FindByIdAsync(identifier, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<ClientRecord> FindByPostLogoutRedirectUriAsync(string uri, CancellationToken cancellationToken) =>
        WhereAsync(client => client.PostLogoutRedirectUris.Contains(uri), cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<ClientRecord> FindByRedirectUriAsync(string uri, CancellationToken cancellationToken) =>
        WhereAsync(client => client.RedirectUris.Contains(uri), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<ClientRecord> ListAsync(
        int? count, int? offset, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var client in (await AllAsync(cancellationToken)).Skip(offset ?? 0).Take(count ?? int.MaxValue))
            yield return client;
    }

    /// <inheritdoc/>
    public ValueTask<ClientRecord> InstantiateAsync(CancellationToken cancellationToken) => new(new ClientRecord());

    /// <inheritdoc/>
    public ValueTask<string?> GetIdAsync(ClientRecord application, CancellationToken cancellationToken) => new(application.Id);

    /// <inheritdoc/>
    public ValueTask<string?> GetClientIdAsync(ClientRecord application, CancellationToken cancellationToken) => new(application.Id);

    /// <inheritdoc/>
    public ValueTask SetClientIdAsync(ClientRecord application, string? identifier, CancellationToken cancellationToken)
    {
        application.Id = identifier ?? "";
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<string?> GetApplicationTypeAsync(ClientRecord application, CancellationToken cancellationToken) => new(application.ApplicationType);

    /// <inheritdoc/>
    public ValueTask SetApplicationTypeAsync(ClientRecord application, string? type, CancellationToken cancellationToken)
    {
        application.ApplicationType = type;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<string?> GetClientSecretAsync(ClientRecord application, CancellationToken cancellationToken) => new(application.Secret);

    /// <inheritdoc/>
    public ValueTask SetClientSecretAsync(ClientRecord application, string? secret, CancellationToken cancellationToken)
    {
        application.Secret = secret;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<string?> GetClientTypeAsync(ClientRecord application, CancellationToken cancellationToken) => new(application.ClientType);

    /// <inheritdoc/>
    public ValueTask SetClientTypeAsync(ClientRecord application, string? type, CancellationToken cancellationToken)
    {
        application.ClientType = type;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<string?> GetConsentTypeAsync(ClientRecord application, CancellationToken cancellationToken) => new(application.ConsentType);

    /// <inheritdoc/>
    public ValueTask SetConsentTypeAsync(ClientRecord application, string? type, CancellationToken cancellationToken)
    {
        application.ConsentType = type;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<string?> GetDisplayNameAsync(ClientRecord application, CancellationToken cancellationToken) => new(application.DisplayName);

    /// <inheritdoc/>
    public ValueTask SetDisplayNameAsync(ClientRecord application, string? name, CancellationToken cancellationToken)
    {
        application.DisplayName = name;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableDictionary<CultureInfo, string>> GetDisplayNamesAsync(ClientRecord application, CancellationToken cancellationToken) => new(KeyedStore.Cultures(application.DisplayNames));

    /// <inheritdoc/>
    public ValueTask SetDisplayNamesAsync(ClientRecord application, ImmutableDictionary<CultureInfo, string> names, CancellationToken cancellationToken)
    {
        application.DisplayNames = KeyedStore.Texts(names);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<JsonWebKeySet?> GetJsonWebKeySetAsync(ClientRecord application, CancellationToken cancellationToken) => new(application.JsonWebKeySet is { } json ? new JsonWebKeySet(json) : null);

    /// <inheritdoc/>
    public ValueTask SetJsonWebKeySetAsync(ClientRecord application, JsonWebKeySet? set, CancellationToken cancellationToken)
    {
        application.JsonWebKeySet = set is null ? null : JsonSerializer.Serialize(set);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<string>> GetPermissionsAsync(ClientRecord application, CancellationToken cancellationToken) => new([.. application.Permissions]);

    /// <inheritdoc/>
    public ValueTask SetPermissionsAsync(ClientRecord application, ImmutableArray<string> permissions, CancellationToken cancellationToken)
    {
        application.Permissions = KeyedStore.List(permissions);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<string>> GetPostLogoutRedirectUrisAsync(ClientRecord application, CancellationToken cancellationToken) => new([.. application.PostLogoutRedirectUris]);

    /// <inheritdoc/>
    public ValueTask SetPostLogoutRedirectUrisAsync(ClientRecord application, ImmutableArray<string> uris, CancellationToken cancellationToken)
    {
        application.PostLogoutRedirectUris = KeyedStore.List(uris);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<string>> GetRedirectUrisAsync(ClientRecord application, CancellationToken cancellationToken) => new([.. application.RedirectUris]);

    /// <inheritdoc/>
    public ValueTask SetRedirectUrisAsync(ClientRecord application, ImmutableArray<string> uris, CancellationToken cancellationToken)
    {
        application.RedirectUris = KeyedStore.List(uris);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<string>> GetRequirementsAsync(ClientRecord application, CancellationToken cancellationToken) => new([.. application.Requirements]);

    /// <inheritdoc/>
    public ValueTask SetRequirementsAsync(ClientRecord application, ImmutableArray<string> requirements, CancellationToken cancellationToken)
    {
        application.Requirements = KeyedStore.List(requirements);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableDictionary<string, JsonElement>> GetPropertiesAsync(ClientRecord application, CancellationToken cancellationToken) => new(application.Properties.ToImmutableDictionary());

    /// <inheritdoc/>
    public ValueTask SetPropertiesAsync(ClientRecord application, ImmutableDictionary<string, JsonElement> properties, CancellationToken cancellationToken)
    {
        application.Properties = new(properties ?? ImmutableDictionary<string, JsonElement>.Empty);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableDictionary<string, string>> GetSettingsAsync(ClientRecord application, CancellationToken cancellationToken) => new(application.Settings.ToImmutableDictionary());

    /// <inheritdoc/>
    public ValueTask SetSettingsAsync(ClientRecord application, ImmutableDictionary<string, string> settings, CancellationToken cancellationToken)
    {
        application.Settings = new(settings ?? ImmutableDictionary<string, string>.Empty);
        return default;
    }

    private async Task<IReadOnlyList<ClientRecord>> AllAsync(CancellationToken cancellationToken) =>
        (await actors.RegistryAsync(cancellationToken)).Clients;

    private async IAsyncEnumerable<ClientRecord> WhereAsync(
        Func<ClientRecord, bool> holds, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var client in (await AllAsync(cancellationToken)).Where(holds))
            yield return client;
    }

    private async ValueTask WriteAsync(string method, ClientRecord client, CancellationToken cancellationToken)
    {
        if (!await actors.RegisterAsync(method, client, cancellationToken))
            throw new ConcurrencyException("The client was changed by somebody else.");
        client.Version++;
    }
}
