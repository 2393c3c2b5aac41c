using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Net.Http.Headers;
using NexusCart.Platform.Errors;

namespace NexusCart.Catalog.Api;

/// <summary>
/// What caches in front of the shop are told of a page: an entity tag of its content, how long it may be kept, and by which keys it is
/// taken back when something on it changes (Surrogate-Key and Surrogate-Control, as CDNs read them; the gateway does, too). Browsers keep
/// a page but ask each time: nobody can take it back from them.
/// </summary>
internal static class PageHeaders
{
    private static readonly TimeSpan LongestLife = TimeSpan.FromSeconds(60);

    /// <summary>The key of everything that shows products, for changes that touch many.</summary>
    public const string Catalog = "catalog";

    /// <summary>The key of the categories and how many products they have.</summary>
    public const string Categories = "categories";

    /// <summary>The key of the brands and how many products they have.</summary>
    public const string Brands = "brands";

    /// <summary>The key of the attribute definitions.</summary>
    public const string Attributes = "attributes";

    /// <summary>The key of listings whose order or content depends on prices.</summary>
    public const string Prices = "prices";

    /// <summary>The key of a product.</summary>
    public static string Product(string sku) => "product/" + sku;

    /// <summary>The key of the listing of a category; of all products for an empty path.</summary>
    public static string Category(string path) => path.Length == 0 ? "products" : "category/" + Uri.EscapeDataString(path);

    /// <summary>Sets the headers of an answer in JSON; gRPC clients have no such caches.</summary>
    /// <param name="context">The call.</param>
    /// <param name="page">The answer.</param>
    /// <param name="changesAt">When it changes by itself; null where it does not.</param>
    /// <param name="now">The time now.</param>
    /// <param name="keys">The keys it is taken back by.</param>
    public static void Describe(ServerCallContext context, IMessage page, DateTimeOffset? changesAt, DateTimeOffset now, params IEnumerable<string> keys)
    {
        var http = context.GetHttpContext();
        if (http.Request.IsRpc())
            return;
        var headers = http.Response.Headers;
        headers.ETag = $"\"{Convert.ToHexStringLower(SHA256.HashData(page.ToByteArray()).AsSpan(0, 12))}\"";
        headers.Append(HeaderNames.Vary, HeaderNames.Authorization);
        if (http.Request.Headers.Authorization.Count > 0)
        {
            headers.CacheControl = "private, no-cache"; // Prices may be the caller's own.
            return;
        }

        headers.CacheControl = "public, max-age=0, must-revalidate";
        var life = changesAt - now is { } left && left < LongestLife ? left : LongestLife;
        headers["Surrogate-Control"] = string.Create(CultureInfo.InvariantCulture, $"max-age={(long)Math.Max(0, life.TotalSeconds)}");
        headers["Surrogate-Key"] = string.Join(' ', keys.Distinct(StringComparer.Ordinal));
    }
}
