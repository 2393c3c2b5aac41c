using NexusCart.Gateway.Entrance;

namespace NexusCart.Gateway.Pages;

/// <summary>What a browser sees of the shop, until it has a storefront.</summary>
internal static class Pages
{
    private const string Html = """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>NexusCart</title>
        <h1>NexusCart</h1>
        <p>The shop is open. This is its API; what it takes and answers is in the <a href="/openapi/v1.json">OpenAPI document</a>.</p>
        <ul>
          <li><a href="/v1/categories">Categories</a></li>
          <li><a href="/v1/products">Products</a></li>
        </ul>
        <p>gRPC clients find the same services, with reflection, on the HTTP/2 port; gRPC-Web works here too.</p>
        </html>
        """;

    /// <summary>Where a payment provider sends the browser after 3-D Secure. It decides nothing: the provider's webhook does.</summary>
    private const string ReturnHtml = """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>NexusCart</title>
        <h1>Thank you</h1>
        <p>Your bank has answered. Your order goes on by itself; you may close this page.</p>
        </html>
        """;

    public static void MapPages(this WebApplication app)
    {
        app.MapPage("/", Html);
        app.MapPage("/checkout/return", ReturnHtml);
    }

    private static void MapPage(this WebApplication app, string path, string html) =>
        app.MapGet(path, () => TypedResults.Content(html, "text/html; charset=utf-8")).AllowAnonymous().WithMetadata(new PublicEndpoint());
}
