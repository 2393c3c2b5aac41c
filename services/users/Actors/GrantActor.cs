using Dapr.Actors;
using Dapr.Actors.Runtime;
using NexusCart.Platform.Actors;
using NexusCart.Users.Domain;

namespace NexusCart.Users.Actors;

/// <summary>A grant's answer.</summary>
/// <param name="Authorization">The authorization; null when there is none.</param>
/// <param name="Tokens">The tokens asked for.</param>
public sealed record GrantAnswer(AuthorizationRecord? Authorization, IReadOnlyList<TokenRecord> Tokens);

/// <summary>One grant and its family of tokens.</summary>
public interface IGrantActor : IActor
{
    /// <summary>Makes the authorization.</summary>
    Task<AuthorizationRecord> OpenAsync(AuthorizationRecord authorization);

    /// <summary>The authorization.</summary>
    Task<GrantAnswer> ReadAsync();

    /// <summary>The authorization and every token that is kept.</summary>
    Task<GrantAnswer> ReadAllAsync();

    /// <summary>Changes the authorization; false when the writer has not seen the last version.</summary>
    Task<bool> UpdateAsync(AuthorizationRecord authorization);

    /// <summary>Adds a token and gives it its id.</summary>
    Task<TokenRecord> AddTokenAsync(TokenRecord token);

    /// <summary>The token of a number.</summary>
    Task<GrantAnswer> ReadTokenAsync(int number);

    /// <summary>Changes a token; false when the writer has not seen the last version, or the grant was revoked meanwhile.</summary>
    Task<bool> UpdateTokenAsync(TokenRecord token);

    /// <summary>
    /// Uses a code or refresh token up; false when that was done before. The second use of a token shows that it is in two hands, and
    /// ends the whole grant.
    /// </summary>
    Task<bool> RedeemAsync(int number);

    /// <summary>Ends the grant with all its tokens; false when it was over.</summary>
    Task<bool> RevokeAsync();
}

/// <summary>
/// The only writer of a grant: of two that redeem one code or refresh token at once, one wins; and a family that was revoked stays so,
/// whatever is added to it at the same moment. State keys: <c>grant</c>, <c>t:{n}</c> for each token.
/// </summary>
public sealed class GrantActor(ActorHost host, UsersOptions options, TimeProvider time) : Actor(host), IGrantActor, IRemindable
{
    private const string HeadKey = "grant";
    private const string ExpiryReminder = "expire";
    private const string RevokedStatus = "revoked";
    private const string ValidStatus = "valid";
    private const string RedeemedStatus = "redeemed";
    private const string RefreshType = "urn:ietf:params:oauth:token-type:refresh_token";
    private const int MostRemovals = 100;
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    /// <summary>How long a token is remembered after its end: for clocks that differ, and tokens just being looked at.</summary>
    private static readonly TimeSpan Afterlife = TimeSpan.FromMinutes(10);

    /// <summary>The id of a token: the grant it belongs to is in it, so that one look finds it.</summary>
    public static string TokenId(string grantId, int number) => string.Create(null, $"{grantId}.{number}");

    /// <summary>Takes a token's id apart.</summary>
    public static bool TryParseTokenId(string? id, out string grantId, out int number)
    {
        var dot = id?.IndexOf('.', StringComparison.Ordinal) ?? -1;
        grantId = dot > 0 ? id![..dot] : "";
        number = 0;
        return dot > 0 && Platform.Values.Identifiers.IsId(grantId)
            && int.TryParse(id.AsSpan(dot + 1), System.Globalization.NumberStyles.None, null, out number);
    }

    /// <inheritdoc/>
    public Task<AuthorizationRecord> OpenAsync(AuthorizationRecord authorization) => StateManager.CommitAsync(async () =>
    {
        if (await HeadAsync() is { Authorization: { } known })
            return known;
        var now = time.GetUtcNow();
        var opened = authorization with { Id = Id.GetId(), Version = 1 };
        await ArmAsync(options.RefreshTokenLifetime + Afterlife);
        await SetHeadAsync(new Grant(Id.GetId(), opened, false, 0, 0, now + options.RefreshTokenLifetime));
        return opened;
    });

    /// <inheritdoc/>
    public async Task<GrantAnswer> ReadAsync() => new(Shown(await HeadAsync()), []);

    /// <inheritdoc/>
    public async Task<GrantAnswer> ReadAllAsync()
    {
        if (await HeadAsync() is not { } head)
            return new GrantAnswer(null, []);
        var tokens = new List<TokenRecord>();
        for (var number = head.First; number < head.Next; number++)
        {
            if (await TokenAsync(number) is { } token)
                tokens.Add(Shown(token, head));
        }

        return new GrantAnswer(Shown(head), tokens);
    }

    /// <inheritdoc/>
    public Task<bool> UpdateAsync(AuthorizationRecord authorization) => StateManager.CommitAsync(async () =>
    {
        if (await HeadAsync() is not { Authorization: { } known } head || known.Version != authorization.Version)
            return false;
        var next = authorization with { Version = known.Version + 1 };
        await SetHeadAsync(head with { Authorization = next, Revoked = head.Revoked || next.Status == RevokedStatus });
        return true;
    });

    /// <inheritdoc/>
    public Task<TokenRecord> AddTokenAsync(TokenRecord token) => StateManager.CommitAsync(async () =>
    {
        var now = time.GetUtcNow();
        var until = token.ExpirationDate ?? now + options.RefreshTokenLifetime;
        var head = await HeadAsync();
        if (head is null)
        {
            head = new Grant(Id.GetId(), null, false, 0, 0, until);
            await ArmAsync(until - now + Afterlife);
        }

        head = await PruneAsync(head, now, most: 4);
        var added = token with { Id = TokenId(Id.GetId(), head.Next), Version = 1 };
        await StateManager.SetStateAsync(TokenKey(head.Next), added);
        await SetHeadAsync(head with { Next = head.Next + 1, ExpiresAt = until > head.ExpiresAt ? until : head.ExpiresAt });
        return Shown(added, head);
    });

    /// <inheritdoc/>
    public async Task<GrantAnswer> ReadTokenAsync(int number) =>
        await HeadAsync() is { } head && await TokenAsync(number) is { } token
            ? new GrantAnswer(null, [Shown(token, head)])
            : new GrantAnswer(null, []);

    /// <inheritdoc/>
    public Task<bool> UpdateTokenAsync(TokenRecord token) => StateManager.CommitAsync(async () =>
    {
        if (!TryParseTokenId(token.Id, out _, out var number)
            || await HeadAsync() is not { } head
            || await TokenAsync(number) is not { } known)
        {
            return false;
        }

        // OpenIddict marks what it has let through; whether it was let through is decided in RedeemAsync.
        if (token.Status == RedeemedStatus && known.Status == RedeemedStatus)
            return true;
        if (known.Version != token.Version
            || (head.Revoked && token.Status != RevokedStatus))
        {
            return false;
        }

        await StateManager.SetStateAsync(TokenKey(number), token with { Version = known.Version + 1 });
        return true;
    });

    /// <inheritdoc/>
    public Task<bool> RedeemAsync(int number) => StateManager.CommitAsync(async () =>
    {
        if (await HeadAsync() is not { Revoked: false } head || await TokenAsync(number) is not { } token)
            return false;
        var now = time.GetUtcNow();
        if (token.Status == ValidStatus)
        {
            var used = token with { Status = RedeemedStatus, RedemptionDate = now, Version = token.Version + 1 };
            await StateManager.SetStateAsync(TokenKey(number), used);
            return true;
        }

        if (token.Type == RefreshType && token.Status == RedeemedStatus && token.RedemptionDate + options.RefreshReuseLeeway > now)
            return true;
        await EndAsync(head);
        return false;
    });

    /// <inheritdoc/>
    public Task<bool> RevokeAsync() => StateManager.CommitAsync(async () =>
    {
        if (await HeadAsync() is not { Revoked: false } head)
            return false;
        await EndAsync(head);
        return true;
    });

    private Task EndAsync(Grant head)
    {
        var ended = head.Authorization is { } known ? known with { Status = RevokedStatus, Version = known.Version + 1 } : null;
        return SetHeadAsync(head with { Revoked = true, Authorization = ended });
    }

    /// <inheritdoc/>
    public async Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period)
    {
        if (await HeadAsync() is { } head)
        {
            var now = time.GetUtcNow();
            var left = head.ExpiresAt + Afterlife - now;
            if (left > TimeSpan.Zero)
            {
                await ArmAsync(left);
                return;
            }

            while (head.First < head.Next)
            {
                head = await StateManager.CommitAsync(() => RemoveSomeAsync(head));
            }

            await StateManager.CommitAsync(() => StateManager.RemoveStateAsync(HeadKey));
        }

        await UnregisterReminderAsync(ExpiryReminder);
    }

    private async Task<Grant> RemoveSomeAsync(Grant head)
    {
        var end = Math.Min(head.Next, head.First + MostRemovals);
        for (var number = head.First; number < end; number++)
            await StateManager.TryRemoveStateAsync(TokenKey(number));
        var rest = head with { First = end };
        await SetHeadAsync(rest);
        return rest;
    }

    /// <summary>Forgets the oldest tokens while they are out of date; a redeemed one is kept till then, or its second use would go unseen.</summary>
    private async Task<Grant> PruneAsync(Grant head, DateTimeOffset now, int most)
    {
        var first = head.First;
        for (; most > 0 && first < head.Next; first++, most--)
        {
            if (await TokenAsync(first) is { } token && !(token.ExpirationDate + Afterlife <= now))
                break;
            await StateManager.TryRemoveStateAsync(TokenKey(first));
        }

        return head with { First = first };
    }

    private Task<Grant?> HeadAsync() => StateManager.FindAsync<Grant>(HeadKey);

    private Task SetHeadAsync(Grant head) => StateManager.SetStateAsync(HeadKey, head);

    private Task<TokenRecord?> TokenAsync(int number) => StateManager.FindAsync<TokenRecord>(TokenKey(number));

    private async Task ArmAsync(TimeSpan due) => await RegisterReminderAsync(ExpiryReminder, [], due, Period);

    private static AuthorizationRecord? Shown(Grant? head) => head?.Authorization;

    private static TokenRecord Shown(TokenRecord token, Grant head) =>
        head.Revoked && token.Status == ValidStatus ? token with { Status = RevokedStatus } : token;

    private static string TokenKey(int number) => string.Create(null, $"t:{number}");
}
