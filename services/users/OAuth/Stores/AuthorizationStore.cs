using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using NexusCart.Platform.Values;
using NexusCart.Users.Actors;
using NexusCart.Users.Domain;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictExceptions;

namespace NexusCart.Users.OAuth.Stores;

/// <summary>OpenIddict's authorizations: each is a grant. A person's are the sessions of the account.</summary>
public sealed class AuthorizationStore(UserActors actors, AccountBook accounts, TimeProvider time) : IOpenIddictAuthorizationStore<AuthorizationRecord>
{
    /// <inheritdoc/>
    public ValueTask<long> CountAsync(CancellationToken cancellationToken) => throw KeyedStore.NoQueries();

    /// <inheritdoc/>
    public ValueTask<long> CountAsync<TResult>(Func<IQueryable<AuthorizationRecord>, IQueryable<TResult>> query, CancellationToken cancellationToken) =>
        throw KeyedStore.NoQueries();

    /// <inheritdoc/>
    public ValueTask<TResult?> GetAsync<TState, TResult>(
        Func<IQueryable<AuthorizationRecord>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken) =>
        throw KeyedStore.NoQueries();

    /// <inheritdoc/>
    public IAsyncEnumerable<TResult> ListAsync<TState, TResult>(
        Func<IQueryable<AuthorizationRecord>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken) =>
        throw KeyedStore.NoQueries();

    /// <inheritdoc/>
    public IAsyncEnumerable<AuthorizationRecord> ListAsync(int? count, int? offset, CancellationToken cancellationToken) =>
        throw KeyedStore.NoQueries();

    /// <inheritdoc/>
    public async ValueTask CreateAsync(AuthorizationRecord authorization, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(authorization);
        var made = await actors.GrantAsync<AuthorizationRecord, AuthorizationRecord>(
            authorization.Id, nameof(IGrantActor.OpenAsync), authorization, cancellationToken);
        authorization.Version = made.Version;
    }

    /// <inheritdoc/>
    public async ValueTask UpdateAsync(AuthorizationRecord authorization, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(authorization);
        if (!await actors.GrantAsync<AuthorizationRecord, bool>(authorization.Id, nameof(IGrantActor.UpdateAsync), authorization, cancellationToken))
            throw new ConcurrencyException("The authorization was changed by somebody else.");
        authorization.Version++;
    }

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(AuthorizationRecord authorization, CancellationToken cancellationToken)
    {
        // What is over is forgotten by the grant itself, once none of its tokens could be shown any more.
        ArgumentNullException.ThrowIfNull(authorization);
        await actors.GrantAsync<bool>(authorization.Id, nameof(IGrantActor.RevokeAsync), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<AuthorizationRecord?> FindByIdAsync(string identifier, CancellationToken cancellationToken) =>
        Identifiers.IsId(identifier)
            ? (await actors.GrantAsync<GrantAnswer>(identifier, nameof(IGrantActor.ReadAsync), cancellationToken)).Authorization
            : null;

    /// <inheritdoc/>
    public async IAsyncEnumerable<AuthorizationRecord> FindBySubjectAsync(
        string subject, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var session in await accounts.SessionsAsync(subject, cancellationToken))
        {
            if (await FindByIdAsync(session.Id, cancellationToken) is { } found)
                yield return found;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<AuthorizationRecord> FindAsync(
        string? subject, string? client, string? status, string? type, ImmutableArray<string>? scopes,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (subject is null)
            throw KeyedStore.NoQueries();
        await foreach (var found in FindBySubjectAsync(subject, cancellationToken))
        {
            if ((client is null || found.ApplicationId == client) && (status is null || found.Status == status)
                && (type is null || found.Type == type) && (scopes is null || scopes.Value.All(found.Scopes.Contains)))
            {
                yield return found;
            }
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<AuthorizationRecord> FindByApplicationIdAsync(string identifier, CancellationToken cancellationToken) =>
        throw KeyedStore.NoQueries();

    /// <inheritdoc/>
    public ValueTask<AuthorizationRecord> InstantiateAsync(CancellationToken cancellationToken) =>
        new(new AuthorizationRecord { Id = Identifiers.New(time) });

    /// <inheritdoc/>
    public ValueTask<long> PruneAsync(DateTimeOffset threshold, CancellationToken cancellationToken) =>
        new(0L); // Every grant has a reminder that removes it.

    /// <inheritdoc/>
    public async ValueTask<long> RevokeAsync(string? subject, string? client, string? status, string? type, CancellationToken cancellationToken)
    {
        var revoked = 0L;
        await foreach (var found in FindAsync(subject, client, status, type, null, cancellationToken))
            revoked += await actors.GrantAsync<bool>(found.Id, nameof(IGrantActor.RevokeAsync), cancellationToken) ? 1 : 0;
        return revoked;
    }

    /// <inheritdoc/>
    public ValueTask<long> RevokeByApplicationIdAsync(string identifier, CancellationToken cancellationToken) =>
        throw KeyedStore.NoQueries();

    /// <inheritdoc/>
    public ValueTask<long> RevokeBySubjectAsync(string subject, CancellationToken cancellationToken) =>
        RevokeAsync(subject, null, null, null, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<string?> GetIdAsync(AuthorizationRecord authorization, CancellationToken cancellationToken) => new(authorization.Id);

    /// <inheritdoc/>
    public ValueTask<string?> GetApplicationIdAsync(AuthorizationRecord authorization, CancellationToken cancellationToken) => new(authorization.ApplicationId);

    /// <inheritdoc/>
    public ValueTask SetApplicationIdAsync(AuthorizationRecord authorization, string? identifier, CancellationToken cancellationToken)
    {
        authorization.ApplicationId = identifier;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<DateTimeOffset?> GetCreationDateAsync(AuthorizationRecord authorization, CancellationToken cancellationToken) => new(authorization.CreationDate);

    /// <inheritdoc/>
    public ValueTask SetCreationDateAsync(AuthorizationRecord authorization, DateTimeOffset? date, CancellationToken cancellationToken)
    {
        authorization.CreationDate = date;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableDictionary<string, JsonElement>> GetPropertiesAsync(AuthorizationRecord authorization, CancellationToken cancellationToken) => new(ImmutableDictionary<string, JsonElement>.Empty);

    /// <inheritdoc/>
    public ValueTask SetPropertiesAsync(AuthorizationRecord authorization, ImmutableDictionary<string, JsonElement> properties, CancellationToken cancellationToken)
    {
        if (properties is { Count: > 0 }) throw new NotSupportedException("Authorizations have no further properties here.");
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<string>> GetScopesAsync(AuthorizationRecord authorization, CancellationToken cancellationToken) => new([.. authorization.Scopes]);

    /// <inheritdoc/>
    public ValueTask SetScopesAsync(AuthorizationRecord authorization, ImmutableArray<string> scopes, CancellationToken cancellationToken)
    {
        authorization.Scopes = KeyedStore.List(scopes);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<string?> GetStatusAsync(AuthorizationRecord authorization, CancellationToken cancellationToken) => new(authorization.Status);

    /// <inheritdoc/>
    public ValueTask SetStatusAsync(AuthorizationRecord authorization, string? status, CancellationToken cancellationToken)
    {
        authorization.Status = status;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<string?> GetSubjectAsync(AuthorizationRecord authorization, CancellationToken cancellationToken) => new(authorization.Subject);

    /// <inheritdoc/>
    public ValueTask SetSubjectAsync(AuthorizationRecord authorization, string? subject, CancellationToken cancellationToken)
    {
        authorization.Subject = subject;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<string?> GetTypeAsync(AuthorizationRecord authorization, CancellationToken cancellationToken) => new(authorization.Type);

    /// <inheritdoc/>
    public ValueTask SetTypeAsync(AuthorizationRecord authorization, string? type, CancellationToken cancellationToken)
    {
        authorization.Type = type;
        return default;
    }
}
