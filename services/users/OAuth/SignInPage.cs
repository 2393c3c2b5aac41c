using System.Text;
using System.Text.Encodings.Web;
using OpenIddict.Abstractions;

namespace NexusCart.Users.OAuth;

/// <summary>The page that asks for address and password. It carries the client's whole request along, so no session has to be kept.</summary>
internal static class SignInPage
{
    public const string EmailField = "username";
    public const string PasswordField = "password";

    /// <summary>Said of a wrong address, a wrong password and a locked account alike.</summary>
    public const string Refused = "The e-mail address or the password is wrong, or there were too many attempts. Try again in a few minutes.";

    private static readonly string[] Own = [EmailField, PasswordField, FormToken.Field];

    public static IResult Render(HttpContext context, OpenIddictRequest request, string formToken, string? message)
    {
        var page = new StringBuilder("""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sign in</title></head>
            <body><main><h1>Sign in</h1>
            """);
        if (message is not null)
            page.Append("<p role=\"alert\">").Append(Html(message)).Append("</p>");
        page.Append("<form method=\"post\" action=\"/connect/authorize\">");
        foreach (var (name, value) in request.GetParameters())
        {
            if (!Own.Contains(name) && (string?)value is { } text)
                Hidden(page, name, text);
        }

        Hidden(page, FormToken.Field, formToken);
        page.Append("<p><label>E-mail address <input type=\"email\" name=\"").Append(EmailField)
            .Append("\" autocomplete=\"username\" required autofocus value=\"").Append(Html((string?)request[EmailField] ?? "")).Append("\"></label></p>")
            .Append("<p><label>Password <input type=\"password\" name=\"").Append(PasswordField)
            .Append("\" autocomplete=\"current-password\" required></label></p>")
            .Append("<p><button type=\"submit\">Sign in</button></p></form></main></body></html>");
        context.Response.Headers.CacheControl = "no-store";
        return Results.Content(page.ToString(), "text/html", Encoding.UTF8);
    }

    private static void Hidden(StringBuilder page, string name, string value) =>
        page.Append("<input type=\"hidden\" name=\"").Append(Html(name)).Append("\" value=\"").Append(Html(value)).Append("\">");

    private static string Html(string text) => HtmlEncoder.Default.Encode(text);
}
