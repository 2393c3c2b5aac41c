using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NexusCart.Platform.Caching;

namespace NexusCart.Platform.Security;

/// <summary>
/// Validates tokens and remembers the good ones until they expire, by the SHA-256 of the whole token: an ES256 signature costs
/// more than everything else in a request. Refusals are not remembered, so that nobody can fill the memory with them.
/// <para>
/// In two steps, since a flash sale brings more customers than whole identities fit into memory. Of every good token its hash is kept, which
/// spares the signature; whoever comes a second time is likely to come again, and his identity is kept, too.
/// </para>
/// </summary>
/// <param name="handler">Judges tokens that are not known.</param>
/// <param name="time">The clock.</param>
/// <param name="identities">Identities that are kept; some 4 KB each.</param>
/// <param name="hashes">Hashes that are kept; some 100 bytes each.</param>
internal sealed class CachingTokenHandler(TokenHandler handler, TimeProvider time, int identities = 20_000, int hashes = 250_000) : TokenHandler
{
    /// <summary>Longer ones are refused unread.</summary>
    private const int MostCharacters = 8 * 1024;

    // What identities of federated tokens are called; any name says that they are authenticated.
    private const string AuthenticationType = "AuthenticationTypes.Federation";

    private readonly GenerationalCache<TokenHash, TokenValidationResult> _identities = new(identities);
    private readonly GenerationalCache<TokenHash, DateTime> _ends = new(hashes);

    public override async Task<TokenValidationResult> ValidateTokenAsync(string token, TokenValidationParameters validationParameters)
    {
        if (token.Length > MostCharacters)
            return new TokenValidationResult { IsValid = false, Exception = new SecurityTokenMalformedException("The token is too long.") };

        var key = TokenHash.Of(token);
        if (Remembered(key, token) is { } known) return known;
        var result = await handler.ValidateTokenAsync(token, validationParameters);
        if (result.IsValid && result.ClaimsIdentity is not null) _ends.Set(key, result.SecurityToken.ValidTo);
        return result;
    }

    private TokenValidationResult? Remembered(TokenHash key, string token)
    {
        var now = time.GetUtcNow().UtcDateTime;
        if (_identities.TryGet(key, out var known))
        {
            if (known.SecurityToken.ValidTo > now) return known;
            _identities.Remove(key);
        }

        if (!_ends.TryGet(key, out var end)) return null;
        if (end > now)
        {
            var read = Read(token);
            _identities.Set(key, read);
            return read;
        }

        _ends.Remove(key);
        return null;
    }

    /// <summary>Reads a token that was judged before, as the handlers of JSON Web Tokens do after they have.</summary>
    private static TokenValidationResult Read(string token)
    {
        var read = new JsonWebToken(token);
        return new TokenValidationResult
        {
            IsValid = true,
            SecurityToken = read,
            ClaimsIdentity = new CaseSensitiveClaimsIdentity(read.Claims, AuthenticationType, Tokens.SubjectClaim, Tokens.RolesClaim),
        };
    }

    public override SecurityToken ReadToken(string token) => handler.ReadToken(token);

    private readonly record struct TokenHash(UInt128 High, UInt128 Low)
    {
        public static TokenHash Of(string token)
        {
            // Tokens are ASCII; any other character becomes '?', which no valid token contains.
            Span<byte> text = stackalloc byte[MostCharacters];
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(text[..Encoding.ASCII.GetBytes(token, text)], hash);
            return new TokenHash(
                System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash),
                System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash[16..]));
        }
    }
}
