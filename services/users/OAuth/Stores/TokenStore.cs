using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using NexusCart.Platform.Values;
using NexusCart.Users.Actors;
using NexusCart.Users.Domain;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictExceptions;

namespace NexusCart.Users.OAuth.Stores;

/// <summary>OpenIddict's tokens: each belongs to a grant, whose id is part of its own.</summary>
public sealed class TokenStore(UserActors actors, AccountBook accounts, TimeProvider time) : IOpenIddictTokenStore<TokenRecord>
{
    /// <inheritdoc/>
    public ValueTask<long> CountAsync(CancellationToken cancellationToken) => throw KeyedStore.NoQueries();

    /// <inheritdoc/>
    public ValueTask<long> CountAsync<TResult>(Func<IQueryable<TokenRecord>, IQueryable<TResult>> query, CancellationToken cancellationToken) =>
        throw KeyedStore.NoQueries();

    /// <inheritdoc/>
    public ValueTask<TResult?> GetAsync<TState, TResult>(
        Func<IQueryable<TokenRecord>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken) =>
        throw KeyedStore.NoQueries();

    /// <inheritdoc/>
    public IAsyncEnumerable<TResult> ListAsync<TState, TResult>(
        Func<IQueryable<TokenRecord>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken) =>
        throw KeyedStore.NoQueries();

    /// <inheritdoc/>
    public IAsyncEnumerable<TokenRecord> ListAsync(int? count, int? offset, CancellationToken cancellationToken) =>
        throw KeyedStore.NoQueries();

    /// <inheritdoc/>
    public async ValueTask CreateAsync(TokenRecord token, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        // A token a client gets for itself stands on no authorization: a grant of its own keeps it.
        var grant = token.AuthorizationId ?? Identifiers.New(time);
        var made = await actors.GrantAsync<TokenRecord, TokenRecord>(grant, nameof(IGrantActor.AddTokenAsync), token, cancellationToken);
        (token.Id, token.Version, token.Status) = (made.Id, made.Version, made.Status);
    }

    /// <inheritdoc/>
    public async ValueTask UpdateAsync(TokenRecord token, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        if (!GrantActor.TryParseTokenId(token.Id, out var grant, out _)
            || !await actors.GrantAsync<TokenRecord, bool>(grant, nameof(IGrantActor.UpdateTokenAsync), token, cancellationToken))
            throw new ConcurrencyException("The token was used by somebody else, or its grant was revoked.");
        token.Version++;
    }

    /// <inheritdoc/>
    public ValueTask DeleteAsync(TokenRecord token, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        token.Status = OpenIddictConstants.Statuses.Revoked; // Its grant forgets it, once nobody could show it any more.
        return UpdateAsync(token, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<TokenRecord?> FindByIdAsync(string identifier, CancellationToken cancellationToken) =>
        GrantActor.TryParseTokenId(identifier, out var grant, out var number)
            ? (await actors.GrantAsync<int, GrantAnswer>(grant, nameof(IGrantActor.ReadTokenAsync), number, cancellationToken)).Tokens is [var found, ..] ? found : null
            : null;

    /// <inheritdoc/>
    public async IAsyncEnumerable<TokenRecord> FindByAuthorizationIdAsync(
        string identifier, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!Identifiers.IsId(identifier))
            yield break;
        foreach (var token in (await actors.GrantAsync<GrantAnswer>(identifier, nameof(IGrantActor.ReadAllAsync), cancellationToken)).Tokens)
            yield return token;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<TokenRecord> FindBySubjectAsync(
        string subject, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var session in await accounts.SessionsAsync(subject, cancellationToken))
        {
            await foreach (var token in FindByAuthorizationIdAsync(session.Id, cancellationToken))
                yield return token;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<TokenRecord> FindAsync(
        string? subject, string? client, string? status, string? type, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (subject is null)
            throw KeyedStore.NoQueries();
        await foreach (var token in FindBySubjectAsync(subject, cancellationToken))
        {
            if ((client is null || token.ApplicationId == client) && (status is null || token.Status == status) && (type is null || token.Type == type))
                yield return token;
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<TokenRecord> FindByApplicationIdAsync(string identifier, CancellationToken cancellationToken) =>
        throw KeyedStore.NoQueries();

    /// <inheritdoc/>
    public ValueTask<TokenRecord?> FindByReferenceIdAsync(string identifier, CancellationToken cancellationToken) =>
        new((TokenRecord?)null); // The shop issues no reference tokens.

    /// <inheritdoc/>
    public ValueTask<TokenRecord> InstantiateAsync(CancellationToken cancellationToken) => new(new TokenRecord());

    /// <inheritdoc/>
    public ValueTask<long> PruneAsync(DateTimeOffset threshold, CancellationToken cancellationToken) =>
        new(0L); // Every grant forgets its tokens by itself.

    /// <inheritdoc/>
    public async ValueTask<long> RevokeAsync(string? subject, string? client, string? status, string? type, CancellationToken cancellationToken)
    {
        var revoked = 0L;
        await foreach (var token in FindAsync(subject, client, status, type, cancellationToken))
        {
            await DeleteAsync(token, cancellationToken);
            revoked++;
        }

        return revoked;
    }

    /// <inheritdoc/>
    public ValueTask<long> RevokeByApplicationIdAsync(string identifier, CancellationToken cancellationToken) =>
        throw KeyedStore.NoQueries();

    /// <inheritdoc/>
    public async ValueTask<long> RevokeByAuthorizationIdAsync(string identifier, CancellationToken cancellationToken) =>
        Identifiers.IsId(identifier)
            && await actors.GrantAsync<bool>(identifier, nameof(IGrantActor.RevokeAsync), cancellationToken) ? 1 : 0;

    /// <inheritdoc/>
    public async ValueTask<long> RevokeBySubjectAsync(string subject, CancellationToken cancellationToken)
    {
        var revoked = 0L;
        foreach (var session in await accounts.SessionsAsync(subject, cancellationToken))
            revoked += await RevokeByAuthorizationIdAsync(session.Id, cancellationToken);
        return revoked;
    }

    /// <inheritdoc/>
    public ValueTask<string?> GetIdAsync(TokenRecord token, CancellationToken cancellationToken) => new(token.Id);

    /// <inheritdoc/>
    public ValueTask<string?> GetApplicationIdAsync(TokenRecord token, CancellationToken cancellationToken) => new(token.ApplicationId);

    /// <inheritdoc/>
    public ValueTask SetApplicationIdAsync(TokenRecord token, string? identifier, CancellationToken cancellationToken)
    {
        token.ApplicationId = identifier;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<string?> GetAuthorizationIdAsync(TokenRecord token, CancellationToken cancellationToken) => new(token.AuthorizationId);

    /// <inheritdoc/>
    public ValueTask SetAuthorizationIdAsync(TokenRecord token, string? identifier, CancellationToken cancellationToken)
    {
        token.AuthorizationId = identifier;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<DateTimeOffset?> GetCreationDateAsync(TokenRecord token, CancellationToken cancellationToken) => new(token.CreationDate);

    /// <inheritdoc/>
    public ValueTask SetCreationDateAsync(TokenRecord token, DateTimeOffset? date, CancellationToken cancellationToken)
    {
        token.CreationDate = date;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<DateTimeOffset?> GetExpirationDateAsync(TokenRecord token, CancellationToken cancellationToken) => new(token.ExpirationDate);

    /// <inheritdoc/>
    public ValueTask SetExpirationDateAsync(TokenRecord token, DateTimeOffset? date, CancellationToken cancellationToken)
    {
        token.ExpirationDate = date;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<DateTimeOffset?> GetRedemptionDateAsync(TokenRecord token, CancellationToken cancellationToken) => new(token.RedemptionDate);

    /// <inheritdoc/>
    public ValueTask SetRedemptionDateAsync(TokenRecord token, DateTimeOffset? date, CancellationToken cancellationToken)
    {
        token.RedemptionDate = date;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<string?> GetPayloadAsync(TokenRecord token, CancellationToken cancellationToken) => new(token.Payload);

    /// <inheritdoc/>
    public ValueTask SetPayloadAsync(TokenRecord token, string? payload, CancellationToken cancellationToken)
    {
        token.Payload = payload;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<string?> GetReferenceIdAsync(TokenRecord token, CancellationToken cancellationToken) => new(token.ReferenceId);

    /// <inheritdoc/>
    public ValueTask SetReferenceIdAsync(TokenRecord token, string? identifier, CancellationToken cancellationToken)
    {
        token.ReferenceId = identifier;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<string?> GetStatusAsync(TokenRecord token, CancellationToken cancellationToken) => new(token.Status);

    /// <inheritdoc/>
    public ValueTask SetStatusAsync(TokenRecord token, string? status, CancellationToken cancellationToken)
    {
        token.Status = status;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<string?> GetSubjectAsync(TokenRecord token, CancellationToken cancellationToken) => new(token.Subject);

    /// <inheritdoc/>
    public ValueTask SetSubjectAsync(TokenRecord token, string? subject, CancellationToken cancellationToken)
    {
        token.Subject = subject;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<string?> GetTypeAsync(TokenRecord token, CancellationToken cancellationToken) => new(token.Type);

    /// <inheritdoc/>
    public ValueTask SetTypeAsync(TokenRecord token, string? type, CancellationToken cancellationToken)
    {
        token.Type = type;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableDictionary<string, JsonElement>> GetPropertiesAsync(TokenRecord token, CancellationToken cancellationToken) => new(ImmutableDictionary<string, JsonElement>.Empty);

    /// <inheritdoc/>
    public ValueTask SetPropertiesAsync(TokenRecord token, ImmutableDictionary<string, JsonElement> properties, CancellationToken cancellationToken)
    {
        if (properties is { Count: > 0 }) throw new NotSupportedException("Tokens have no further properties here.");
        return default;
    }
}
