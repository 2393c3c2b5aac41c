namespace NexusCart.Users.Domain;

/// <summary>
/// What somebody allowed a client, and the head of the family of tokens issued on it. Revoking it revokes them all: no token has to
/// be touched for that.
/// </summary>
/// <param name="Id">The grant's id; the session's too.</param>
/// <param name="Authorization">What was allowed; null for tokens a client got for itself.</param>
/// <param name="Revoked">Whether it is over.</param>
/// <param name="First">Number of the oldest token kept.</param>
/// <param name="Next">Number of the next token.</param>
/// <param name="ExpiresAt">When the last of its tokens is out of date.</param>
public sealed record Grant(string Id, AuthorizationRecord? Authorization, bool Revoked, int First, int Next, DateTimeOffset ExpiresAt);

/// <summary>An authorization, as OpenIddict knows it.</summary>
public sealed record AuthorizationRecord
{
    /// <summary>The grant's id.</summary>
    public string Id { get; set; } = "";

    /// <summary>The client it was given to.</summary>
    public string? ApplicationId { get; set; }

    /// <summary>When it was given.</summary>
    public DateTimeOffset? CreationDate { get; set; }

    /// <summary>What it covers.</summary>
    public List<string> Scopes { get; set; } = [];

    /// <summary>"valid", "revoked" …</summary>
    public string? Status { get; set; }

    /// <summary>Who gave it.</summary>
    public string? Subject { get; set; }

    /// <summary>"ad-hoc" or "permanent".</summary>
    public string? Type { get; set; }

    /// <summary>Counts the writes: a writer must have seen the last one.</summary>
    public long Version { get; set; }
}

/// <summary>A token, as OpenIddict knows it. Its text is never stored.</summary>
public sealed record TokenRecord
{
    /// <summary>The grant's id and its number there: "0192…af.3".</summary>
    public string Id { get; set; } = "";

    /// <summary>The client it was issued to.</summary>
    public string? ApplicationId { get; set; }

    /// <summary>The authorization it was issued on.</summary>
    public string? AuthorizationId { get; set; }

    /// <summary>When it was issued.</summary>
    public DateTimeOffset? CreationDate { get; set; }

    /// <summary>When it is out of date.</summary>
    public DateTimeOffset? ExpirationDate { get; set; }

    /// <summary>What is kept of reference tokens.</summary>
    public string? Payload { get; set; }

    /// <summary>When it was exchanged.</summary>
    public DateTimeOffset? RedemptionDate { get; set; }

    /// <summary>The look-up value of a reference token.</summary>
    public string? ReferenceId { get; set; }

    /// <summary>"valid", "redeemed", "revoked" …</summary>
    public string? Status { get; set; }

    /// <summary>Whom it speaks of.</summary>
    public string? Subject { get; set; }

    /// <summary>"access_token", "refresh_token" …</summary>
    public string? Type { get; set; }

    /// <summary>Counts the writes: a writer must have seen the last one.</summary>
    public long Version { get; set; }
}
