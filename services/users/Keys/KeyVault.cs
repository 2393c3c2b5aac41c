using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;
using NexusCart.Platform.Security;

namespace NexusCart.Users.Keys;

/// <summary>
/// Makes signing keys (ECDSA on P-256) and keeps their private halves encrypted: AES-256-GCM under a key derived (HKDF, RFC 5869) from
/// one secret of the secret store. The key id is authenticated with it, so that no two can be exchanged.
/// </summary>
public sealed class KeyVault(ISecrets secrets)
{
    /// <summary>The secret: at least 32 characters.</summary>
    public const string SecretName = "users-key";

    private const int ShortestSecret = 32;
    private const int KeySize = 32;

    /// <summary>A new private key, encrypted.</summary>
    public byte[] Make(string keyId)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Seal(key.ExportPkcs8PrivateKey(), keyId);
    }

    /// <summary>A key to sign with.</summary>
    /// <exception cref="CryptographicException">It was encrypted with another secret, or tampered with.</exception>
    public ECDsaSecurityKey Open(string keyId, byte[] sealedKey)
    {
        ArgumentNullException.ThrowIfNull(sealedKey);
        var key = ECDsa.Create();
        var plain = Unseal(sealedKey, keyId);
        key.ImportPkcs8PrivateKey(plain, out _);
        CryptographicOperations.ZeroMemory(plain);
        return new ECDsaSecurityKey(key) { KeyId = keyId };
    }

    /// <summary>A key of this service for a purpose of its own, the same in every replica.</summary>
    public byte[] Derive(string purpose)
    {
        var secret = Encoding.UTF8.GetBytes(secrets[SecretName]);
        return secret.Length >= ShortestSecret
            ? HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, KeySize, info: Encoding.UTF8.GetBytes("nexuscart/users/" + purpose))
            : throw new InvalidOperationException($"The secret '{SecretName}' must have at least {ShortestSecret} bytes.");
    }

    private byte[] Seal(byte[] plain, string keyId)
    {
        var nonceSize = AesGcm.NonceByteSizes.MaxSize;
        var tagSize = AesGcm.TagByteSizes.MaxSize;
        var result = new byte[nonceSize + tagSize + plain.Length];
        RandomNumberGenerator.Fill(result.AsSpan(0, nonceSize));
        using var cipher = new AesGcm(Derive("signing-keys"), tagSize);
        cipher.Encrypt(
            result.AsSpan(0, nonceSize), plain, result.AsSpan(nonceSize + tagSize), result.AsSpan(nonceSize, tagSize),
            Encoding.UTF8.GetBytes(keyId));
        CryptographicOperations.ZeroMemory(plain);
        return result;
    }

    private byte[] Unseal(byte[] sealedKey, string keyId)
    {
        var nonceSize = AesGcm.NonceByteSizes.MaxSize;
        var tagSize = AesGcm.TagByteSizes.MaxSize;
        if (sealedKey.Length <= nonceSize + tagSize)
            throw new CryptographicException("The sealed key is too short.");
        var plain = new byte[sealedKey.Length - nonceSize - tagSize];
        using var cipher = new AesGcm(Derive("signing-keys"), tagSize);
        cipher.Decrypt(
            sealedKey.AsSpan(0, nonceSize), sealedKey.AsSpan(nonceSize + tagSize), sealedKey.AsSpan(nonceSize, tagSize), plain,
            Encoding.UTF8.GetBytes(keyId));
        return plain;
    }
}
