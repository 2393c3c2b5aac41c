using System.Security.Cryptography;
using NexusCart.Platform.Security;
using NexusCart.Users.Domain;
using NexusCart.Users.Keys;

namespace NexusCart.Tests.Unit.Users;

/// <summary>When signing keys come and go, and how they are kept.</summary>
public sealed class KeyTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly KeySchedule Schedule = new(TimeSpan.FromDays(30), TimeSpan.FromDays(1), TimeSpan.FromDays(14));

    [Fact]
    public void A_year_of_rotations_never_lacks_a_key()
    {
        IReadOnlyList<SigningKey> keys = [];
        var issued = new List<(string Key, DateTimeOffset Until)>();
        var firstSeen = new Dictionary<string, DateTimeOffset>();
        for (var now = Start; now < Start.AddDays(365); now = now.AddHours(1))
        {
            if (Schedule.NeedsKey(keys, now))
                keys = Schedule.Add(keys, $"k{now:yyyyMMddHH}", [], now);
            Assert.False(Schedule.NeedsKey(keys, now));
            foreach (var key in keys)
                firstSeen.TryAdd(key.Id, now);

            var signer = KeySchedule.Signer(keys, now)!;
            Assert.True(signer.SignsFrom <= now && now < signer.SignsUntil);
            // Everybody has had time to learn of it, but for the very first.
            Assert.True(firstSeen[signer.Id] == Start || now - firstSeen[signer.Id] >= Schedule.Ahead - TimeSpan.FromHours(1));
            issued.Add((signer.Id, now + Schedule.Overlap));
            var published = KeySchedule.Published(keys, now).Select(key => key.Id).ToHashSet();
            Assert.All(issued.Where(token => token.Until > now), token => Assert.Contains(token.Key, published));
            issued.RemoveAll(token => token.Until <= now);
            Assert.InRange(keys.Count, 1, 3);
        }
    }

    [Fact]
    public void After_a_long_sleep_the_new_key_signs_at_once()
    {
        var keys = Schedule.Add([], "old", [], Start);
        var now = Start.AddDays(200);
        Assert.True(Schedule.NeedsKey(keys, now));
        keys = Schedule.Add(keys, "new", [], now);
        Assert.Equal("new", KeySchedule.Signer(keys, now)!.Id);
        Assert.Equal(["new"], keys.Select(key => key.Id));
    }

    [Fact]
    public void A_private_key_is_opened_by_its_secret_and_name_alone()
    {
        var vault = new KeyVault(new OneSecret("a secret of the unit tests, long enough"));
        var kept = vault.Make("k1");
        var data = "signed"u8.ToArray();
        var signature = vault.Open("k1", kept).ECDsa.SignData(data, HashAlgorithmName.SHA256);
        Assert.True(vault.Open("k1", kept).ECDsa.VerifyData(data, signature, HashAlgorithmName.SHA256));

        Assert.ThrowsAny<CryptographicException>(() => vault.Open("k2", kept));
        Assert.ThrowsAny<CryptographicException>(() => new KeyVault(new OneSecret("another secret of the unit tests, as long")).Open("k1", kept));
        kept[^1] ^= 1;
        Assert.ThrowsAny<CryptographicException>(() => vault.Open("k1", kept));
        Assert.Throws<InvalidOperationException>(() => new KeyVault(new OneSecret("short")).Make("k1"));
    }

    [Fact]
    public void Keys_of_different_purposes_differ()
    {
        var vault = new KeyVault(new OneSecret("a secret of the unit tests, long enough"));
        Assert.NotEqual(vault.Derive("form-tokens"), vault.Derive("token-encryption"));
        Assert.Equal(vault.Derive("form-tokens"), vault.Derive("form-tokens"));
    }

    private sealed class OneSecret(string value) : ISecrets
    {
        public string this[string name] => name == KeyVault.SecretName ? value : throw new InvalidOperationException(name);
    }
}
