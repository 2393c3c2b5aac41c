using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;
using NexusCart.Platform.Caching;

namespace NexusCart.Platform.Security;

/// <summary>
/// Validates tokens and remembers the good ones until they expire, by the SHA-256 of the whole token: an ES256 signature costs
/// more than everything else in a request. Refusals are not remembered, so that nobody can fill the memory with them.
/// </summary>
internal sealed class CachingTokenHandler(TokenHandler handler, TimeProvider time, int capacity = 20_000) : TokenHandler
{
    /// <summary>Longer ones are refused unread.</summary>
    private const int MostCharacters = 8 * 1024;

    private readonly GenerationalCache<TokenHash, TokenValidationResult> _known = new(capacity);

    public override async Task<TokenValidationResult> ValidateTokenAsync(string token, TokenValidationParameters validationParameters)
    {
        if (token.Length > MostCharacters)
            return new TokenValidationResult { IsValid = false, Exception = new SecurityTokenMalformedException("The token is too long.") };

        var key = TokenHash.Of(token);
        if (_known.TryGet(key, out var known))
        {
            if (known.SecurityToken.ValidTo > time.GetUtcNow().UtcDateTime) return known;
            _known.Remove(key);
        }

        var result = await handler.ValidateTokenAsync(token, validationParameters);
        if (result.IsValid && result.ClaimsIdentity is not null) _known.Set(key, result);
        return result;
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
