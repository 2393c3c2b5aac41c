using NexusCart.Users.Domain;

namespace NexusCart.Users;

/// <summary>Configuration section <c>Users</c>.</summary>
public sealed class UsersOptions
{
    /// <summary>The shop's public address, which is the issuer of its tokens. https outside Development.</summary>
    public string PublicUrl { get; set; } = "http://127.0.0.1:8080/";

    /// <summary>Where the storefront takes codes, besides <c>{PublicUrl}signed-in</c>.</summary>
    public IList<string> StorefrontRedirects { get; } = [];

    /// <summary>How long an access token is good. Services judge tokens by themselves, so a sign-out takes this long to reach them.</summary>
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long an unused session lasts.</summary>
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(14);

    /// <summary>How long a code waits for its client.</summary>
    public TimeSpan CodeLifetime { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a used refresh token is still taken, for clients whose answer got lost. 0: its second use ends the session.</summary>
    public TimeSpan RefreshReuseLeeway { get; set; } = TimeSpan.Zero;

    /// <summary>How long a signing key signs.</summary>
    public TimeSpan KeyPeriod { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long a signing key is published before it signs.</summary>
    public TimeSpan KeyAhead { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How often a replica looks for new keys; well below <see cref="KeyAhead"/>.</summary>
    public TimeSpan KeyRefresh { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Iterations of PBKDF2 with HMAC-SHA512 (210,000: OWASP Password Storage Cheat Sheet).</summary>
    public int PasswordIterations { get; set; } = 210_000;

    /// <summary>How long a grant, an address or an account's shard stays in memory after its last call.</summary>
    public TimeSpan ActorIdleTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Deadline of one call to an actor.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>When keys come and go. A key is published as long as a token may last that it signed, identity tokens included.</summary>
    public KeySchedule Keys => new(KeyPeriod, KeyAhead, RefreshTokenLifetime);
}
