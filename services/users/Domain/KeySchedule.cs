namespace NexusCart.Users.Domain;

/// <summary>A key that signs tokens.</summary>
/// <param name="Id">The `kid` in tokens and in the published key set.</param>
/// <param name="SignsFrom">When it begins to sign; published before, so that everybody knows it by then.</param>
/// <param name="SignsUntil">When the next key takes over.</param>
/// <param name="PublishedUntil">When the last token it signed is out of date.</param>
/// <param name="SealedKey">The private key, encrypted.</param>
public sealed record SigningKey(
    string Id, DateTimeOffset SignsFrom, DateTimeOffset SignsUntil, DateTimeOffset PublishedUntil, byte[] SealedKey);

/// <summary>When keys come and go.</summary>
/// <param name="Period">How long a key signs.</param>
/// <param name="Ahead">How long it is published before; longer than anybody remembers a key set.</param>
/// <param name="Overlap">How long it stays published after; longer than any token lives.</param>
public sealed record KeySchedule(TimeSpan Period, TimeSpan Ahead, TimeSpan Overlap)
{
    /// <summary>Whether the next key is due.</summary>
    public bool NeedsKey(IReadOnlyList<SigningKey> keys, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return keys.Count == 0 || keys.Max(key => key.SignsUntil) <= now + Ahead;
    }

    /// <summary>Adds a key that follows the others, and drops those that are no longer of use.</summary>
    /// <param name="keys">The keys there are.</param>
    /// <param name="id">The new one's id.</param>
    /// <param name="sealedKey">Its private key, encrypted.</param>
    /// <param name="now">The time.</param>
    public IReadOnlyList<SigningKey> Add(IReadOnlyList<SigningKey> keys, string id, byte[] sealedKey, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(keys);
        // After a long sleep of the whole shop the last key is over: the new one has to sign at once.
        var last = keys.Count == 0 ? now : keys.Max(key => key.SignsUntil);
        var from = last > now ? last : now;
        var until = from + Period;
        return [.. keys.Where(key => key.PublishedUntil > now), new SigningKey(id, from, until, until + Overlap, sealedKey)];
    }

    /// <summary>The key that signs now: the newest that has begun.</summary>
    public static SigningKey? Signer(IReadOnlyList<SigningKey> keys, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return keys.Where(key => key.SignsFrom <= now).MaxBy(key => key.SignsFrom);
    }

    /// <summary>The keys to publish now.</summary>
    public static IEnumerable<SigningKey> Published(IReadOnlyList<SigningKey> keys, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return keys.Where(key => key.PublishedUntil > now);
    }
}
