using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using NexusCart.Users.Actors;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictExceptions;

namespace NexusCart.Users.OAuth.Stores;

/// <summary>OpenIddict's scopes, in the registry.</summary>
public sealed class ScopeStore(UserActors actors) : IOpenIddictScopeStore<ScopeRecord>
{
    /// <inheritdoc/>
    public async ValueTask<long> CountAsync(CancellationToken cancellationToken) => (await AllAsync(cancellationToken)).Count;

    /// <inheritdoc/>
    public ValueTask<long> CountAsync<TResult>(Func<IQueryable<ScopeRecord>, IQueryable<TResult>> query, CancellationToken cancellationToken) =>
        throw KeyedStore.NoQueries();

    /// <inheritdoc/>
    public ValueTask<TResult?> GetAsync<TState, TResult>(
        Func<IQueryable<ScopeRecord>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken) =>
        throw KeyedStore.NoQueries();

    /// <inheritdoc/>
    public IAsyncEnumerable<TResult> ListAsync<TState, TResult>(
        Func<IQueryable<ScopeRecord>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken) =>
        throw KeyedStore.NoQueries();

    /// <inheritdoc/>
    public ValueTask CreateAsync(ScopeRecord scope, CancellationToken cancellationToken) =>
        WriteAsync(nameof(IClientRegistryActor.PutScopeAsync), scope, cancellationToken);

    /// <inheritdoc/>
    public ValueTask UpdateAsync(ScopeRecord scope, CancellationToken cancellationToken) =>
        WriteAsync(nameof(IClientRegistryActor.PutScopeAsync), scope, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DeleteAsync(ScopeRecord scope, CancellationToken cancellationToken) =>
        WriteAsync(nameof(IClientRegistryActor.RemoveScopeAsync), scope, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<ScopeRecord?> FindByIdAsync(string identifier, CancellationToken cancellationToken) =>
        (await AllAsync(cancellationToken)).FirstOrDefault(scope => scope.Id == identifier);

    /// <inheritdoc/>
    public ValueTask<ScopeRecord?> FindByNameAsync(string name, CancellationToken cancellationToken) =>
        FindByIdAsync(name, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<ScopeRecord> FindByNamesAsync(ImmutableArray<string> names, CancellationToken cancellationToken) =>
        WhereAsync(scope => names.Contains(scope.Id), cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<ScopeRecord> FindByResourceAsync(string resource, CancellationToken cancellationToken) =>
        WhereAsync(scope => scope.Resources.Contains(resource), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<ScopeRecord> ListAsync(
        int? count, int? offset, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var scope in (await AllAsync(cancellationToken)).Skip(offset ?? 0).Take(count ?? int.MaxValue))
            yield return scope;
    }

    /// <inheritdoc/>
    public ValueTask<ScopeRecord> InstantiateAsync(CancellationToken cancellationToken) => new(new ScopeRecord());

    /// <inheritdoc/>
    public ValueTask<string?> GetIdAsync(ScopeRecord scope, CancellationToken cancellationToken) => new(scope.Id);

    /// <inheritdoc/>
    public ValueTask<string?> GetNameAsync(ScopeRecord scope, CancellationToken cancellationToken) => new(scope.Id);

    /// <inheritdoc/>
    public ValueTask SetNameAsync(ScopeRecord scope, string? name, CancellationToken cancellationToken)
    {
        scope.Id = name ?? "";
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<string?> GetDescriptionAsync(ScopeRecord scope, CancellationToken cancellationToken) => new(scope.Description);

    /// <inheritdoc/>
    public ValueTask SetDescriptionAsync(ScopeRecord scope, string? description, CancellationToken cancellationToken)
    {
        scope.Description = description;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<string?> GetDisplayNameAsync(ScopeRecord scope, CancellationToken cancellationToken) => new(scope.DisplayName);

    /// <inheritdoc/>
    public ValueTask SetDisplayNameAsync(ScopeRecord scope, string? name, CancellationToken cancellationToken)
    {
        scope.DisplayName = name;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableDictionary<CultureInfo, string>> GetDescriptionsAsync(ScopeRecord scope, CancellationToken cancellationToken) => new(KeyedStore.Cultures(scope.Descriptions));

    /// <inheritdoc/>
    public ValueTask SetDescriptionsAsync(ScopeRecord scope, ImmutableDictionary<CultureInfo, string> descriptions, CancellationToken cancellationToken)
    {
        scope.Descriptions = KeyedStore.Texts(descriptions);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableDictionary<CultureInfo, string>> GetDisplayNamesAsync(ScopeRecord scope, CancellationToken cancellationToken) => new(KeyedStore.Cultures(scope.DisplayNames));

    /// <inheritdoc/>
    public ValueTask SetDisplayNamesAsync(ScopeRecord scope, ImmutableDictionary<CultureInfo, string> names, CancellationToken cancellationToken)
    {
        scope.DisplayNames = KeyedStore.Texts(names);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableDictionary<string, JsonElement>> GetPropertiesAsync(ScopeRecord scope, CancellationToken cancellationToken) => new(scope.Properties.ToImmutableDictionary());

    /// <inheritdoc/>
    public ValueTask SetPropertiesAsync(ScopeRecord scope, ImmutableDictionary<string, JsonElement> properties, CancellationToken cancellationToken)
    {
        scope.Properties = new(properties ?? ImmutableDictionary<string, JsonElement>.Empty);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<string>> GetResourcesAsync(ScopeRecord scope, CancellationToken cancellationToken) => new([.. scope.Resources]);

    /// <inheritdoc/>
    public ValueTask SetResourcesAsync(ScopeRecord scope, ImmutableArray<string> resources, CancellationToken cancellationToken)
    {
        scope.Resources = KeyedStore.List(resources);
        return default;
    }

    private async Task<IReadOnlyList<ScopeRecord>> AllAsync(CancellationToken cancellationToken) =>
        (await actors.RegistryAsync(cancellationToken)).Scopes;

    private async IAsyncEnumerable<ScopeRecord> WhereAsync(
        Func<ScopeRecord, bool> holds, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var scope in (await AllAsync(cancellationToken)).Where(holds))
            yield return scope;
    }

    private async ValueTask WriteAsync(string method, ScopeRecord scope, CancellationToken cancellationToken)
    {
        if (!await actors.RegisterAsync(method, scope, cancellationToken))
            throw new ConcurrencyException("The scope was changed by somebody else.");
        scope.Version++;
    }
}
