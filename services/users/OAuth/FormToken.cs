using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using NexusCart.Users.Keys;

namespace NexusCart.Users.OAuth;

/// <summary>
/// Shows that a form came from a page of ours: a signed double-submit cookie (OWASP Cross-Site Request Forgery Prevention Cheat Sheet).
/// Any replica can check it.
/// </summary>
public sealed class FormToken(KeyVault vault, UsersOptions options)
{
    /// <summary>The form field.</summary>
    public const string Field = "form_token";

    private const string Cookie = "nexuscart-form";

    /// <summary>Sets the cookie unless the browser has one, and returns the field's value.</summary>
    public string Issue(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var value = context.Request.Cookies[Cookie];
        if (value is not { Length: 43 })
        {
            value = WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));
            context.Response.Cookies.Append(Cookie, value, new CookieOptions
            {
                HttpOnly = true,
                SameSite = SameSiteMode.Strict,
                Secure = options.PublicUrl.StartsWith("https:", StringComparison.OrdinalIgnoreCase),
                Path = "/connect",
            });
        }

        return Sign(value);
    }

    /// <summary>Whether the field belongs to the cookie.</summary>
    public bool Fits(HttpContext context, string? field)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Request.Cookies[Cookie] is { Length: > 0 } value && field is not null
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Sign(value)), Encoding.UTF8.GetBytes(field));
    }

    private string Sign(string value) =>
        WebEncoders.Base64UrlEncode(HMACSHA256.HashData(vault.Derive("form-tokens"), Encoding.UTF8.GetBytes(value)));
}
