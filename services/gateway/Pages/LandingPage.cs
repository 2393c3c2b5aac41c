using NexusCart.Gateway.Entrance;

namespace NexusCart.Gateway.Pages;

/// <summary>What a browser sees at the shop's root.</summary>
internal static class LandingPage
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

    public static void MapLandingPage(this WebApplication app) =>
        app.MapGet("/", () => TypedResults.Content(Html, "text/html; charset=utf-8")).AllowAnonymous().WithMetadata(new PublicEndpoint());
}
