using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.Tokens;
using NexusCart.Users.Actors;
using NexusCart.Users.Domain;
using OpenIddict.Server;

namespace NexusCart.Users.Keys;

/// <summary>
/// The keys this replica signs and encrypts with. OpenIddict takes keys from its options, which are made anew whenever the keys change.
/// </summary>
public sealed class SigningKeys(KeyVault vault, TimeProvider time)
    : IConfigureOptions<OpenIddictServerOptions>, IOptionsChangeTokenSource<OpenIddictServerOptions>, IDisposable
{
    private readonly Dictionary<string, ECDsaSecurityKey> _opened = new(StringComparer.Ordinal);
    private volatile List<ECDsaSecurityKey> _keys = [];
    private CancellationTokenSource _changed = new();

    /// <summary>Whether there is a key to sign with. Without one nothing may be issued or published.</summary>
    public bool Loaded => _keys.Count > 0;

    /// <inheritdoc/>
    public string Name => Options.DefaultName;

    /// <summary>Takes over the ring. One caller at a time.</summary>
    /// <returns>When to look again at the latest: when the next key begins to sign; null when that is not known.</returns>
    public DateTimeOffset? Take(KeyRing ring)
    {
        ArgumentNullException.ThrowIfNull(ring);
        var now = time.GetUtcNow();
        var signer = KeySchedule.Signer(ring.Keys, now) ?? throw new InvalidOperationException("The ring has no key that signs now.");
        // The first signs; the others are there to be published and to check with.
        List<ECDsaSecurityKey> keys = [Open(signer)];
        keys.AddRange(KeySchedule.Published(ring.Keys, now).Where(key => key.Id != signer.Id).Select(Open));
        if (!keys.Select(key => key.KeyId).SequenceEqual(_keys.Select(key => key.KeyId)))
        {
            _keys = keys;
            using var before = Interlocked.Exchange(ref _changed, new CancellationTokenSource());
            before.Cancel();
        }

        return ring.Keys.Where(key => key.SignsFrom > now).Select(key => (DateTimeOffset?)key.SignsFrom).Min();
    }

    /// <inheritdoc/>
    public IChangeToken GetChangeToken() => new CancellationChangeToken(_changed.Token);

    /// <inheritdoc/>
    public void Configure(OpenIddictServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.EncryptionCredentials.Add(new EncryptingCredentials(
            new SymmetricSecurityKey(vault.Derive("token-encryption")) { KeyId = "users" },
            SecurityAlgorithms.Aes256KW, SecurityAlgorithms.Aes256CbcHmacSha512));
        // Until the keys are read every OAuth request is refused, but OpenIddict looks at each request and insists on a key.
        var keys = Loaded ? _keys : [vault.Open("none", vault.Make("none"))];
        foreach (var key in keys)
            options.SigningCredentials.Add(new SigningCredentials(key, SecurityAlgorithms.EcdsaSha256));
    }

    /// <inheritdoc/>
    public void Dispose() => _changed.Dispose();

    private ECDsaSecurityKey Open(SigningKey key)
    {
        if (!_opened.TryGetValue(key.Id, out var opened))
            _opened[key.Id] = opened = vault.Open(key.Id, key.SealedKey);
        return opened;
    }
}
