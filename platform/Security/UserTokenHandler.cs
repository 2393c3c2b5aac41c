using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace NexusCart.Platform.Security;

/// <summary>
/// Judges a user's token by the keys of its issuer, and only by those: the users service's, and in Development those of the development
/// issuer.
/// </summary>
/// <param name="keys">The users service's.</param>
/// <param name="development">What the development issuer's tokens are judged by; null outside Development.</param>
/// <param name="time">The clock.</param>
internal sealed class UserTokenHandler(UserKeys keys, TokenValidationParameters? development, TimeProvider time) : TokenHandler
{
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

    public override async Task<TokenValidationResult> ValidateTokenAsync(string token, TokenValidationParameters validationParameters)
    {
        // Read unchecked, for the choice alone: whatever it says, the keys of that issuer decide.
        if (!TryReadIssuer(token, out var issuer)) return Malformed;
        if (development is not null && issuer == Tokens.Issuer)
            return await _handler.ValidateTokenAsync(token, development);

        var result = await JudgeAsync(token);
        if (result.Exception is not SecurityTokenSignatureKeyNotFoundException) return result;
        keys.Manager.RequestRefresh(); // Unknown so far; at most every ten seconds, whoever asks.
        return await JudgeAsync(token);
    }

    public override SecurityToken ReadToken(string token) => _handler.ReadToken(token);

    private static TokenValidationResult Malformed =>
        new() { IsValid = false, Exception = new SecurityTokenMalformedException("This is no JSON Web Token.") };

    private bool TryReadIssuer(string token, out string issuer)
    {
        issuer = "";
        try
        {
            if (!_handler.CanReadToken(token)) return false;
            issuer = _handler.ReadJsonWebToken(token).Issuer;
            return true;
        }
        catch (Exception fault) when (fault is ArgumentException or SecurityTokenException or FormatException)
        {
            return false;
        }
    }

    private async Task<TokenValidationResult> JudgeAsync(string token)
    {
        var published = await keys.ReadAsync();
        return await _handler.ValidateTokenAsync(token, Tokens.UserParameters(published.Issuer, [.. published.SigningKeys], time));
    }
}
