using System.Globalization;
using Microsoft.AspNetCore.OutputCaching;
using NexusCart.Platform;
using NexusCart.Platform.Events;

namespace NexusCart.Gateway.Proxy;

/// <summary>
/// Keeps anonymous product and category pages (PAGE_CACHE_SECONDS, default 30, or as long as the catalog says, whichever is less): many
/// readers cost the catalog one request. What changes is taken back as soon as the catalog tells of it, at every replica; the time is for
/// news that got lost. A reader that shows the entity tag he has (If-None-Match) is answered 304.
/// </summary>
internal static class PageCache
{
    private const int DefaultSeconds = 30;

    public static void AddPageCache(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<PageEvictions>();
        builder.Services.AddHostedService(static provider => provider.GetRequiredService<PageEvictions>());
        builder.Services.AddOutputCache(cache =>
        {
            var age = TimeSpan.FromSeconds(builder.Configuration.GetValue("PAGE_CACHE_SECONDS", DefaultSeconds));
            cache.SizeLimit = 64 * 1024 * 1024;
            cache.MaximumBodySize = 512 * 1024;
            // The framework's own rules apply besides: GET and HEAD, status 200, no token, no cookies set; every query counts.
            cache.AddPolicy(ProxyRoutes.PageCache, page => page.Expire(age).SetVaryByHost(false).AddPolicy<PagePolicy>());
        });
    }

    /// <summary>Takes pages back when the catalog tells that something on them changed.</summary>
    public static void MapPageEvents(this IEndpointRouteBuilder routes) => routes.MapSubscription(
        "products",
        static products => products
            .On("product.changed.v1", PageNewsJson.Default.ProductNews, EvictAsync)
            .On("product.price_changed.v1", PageNewsJson.Default.PriceNews, EvictAsync)
            .On("product.price_list_changed.v1", PageNewsJson.Default.PriceListNews, EvictAsync)
            .On("product.category_changed.v1", PageNewsJson.Default.CategoryNews, EvictAsync)
            .On("product.brand_changed.v1", PageNewsJson.Default.BrandNews, EvictAsync)
            .On("product.attribute_changed.v1", PageNewsJson.Default.AttributeNews, EvictAsync),
        Components.Broadcast);

    private static Task EvictAsync(IPageNews news, EventContext context) =>
        context.Services.GetRequiredService<PageEvictions>().EvictAsync([.. news.Keys().Distinct(StringComparer.Ordinal)], context.CancellationToken);
}

/// <summary>Keeps a page under its surrogate keys, and no longer than it says itself.</summary>
internal sealed class PagePolicy(PageEvictions evictions, TimeProvider time) : IOutputCachePolicy
{
    private static readonly object Started = new();

    /// <summary>The header with the keys a page is taken back by, separated by spaces.</summary>
    public const string KeysHeader = "Surrogate-Key";

    /// <summary>The header with how long a page may be kept: "max-age=60".</summary>
    public const string LifeHeader = "Surrogate-Control";

    private const string MaxAge = "max-age=";

    /// <summary>
    /// Shortens the time a page is kept to what its headers and lately told changes allow. To be called before its body: when that begins
    /// the cache has decided.
    /// </summary>
    public static void Shorten(HttpContext context, PageEvictions evictions)
    {
        if (context.Features.Get<IOutputCacheFeature>()?.Context is not { } page)
            return;
        var headers = context.Response.Headers;
        var life = Life(headers[LifeHeader].ToString()) ?? TimeSpan.MaxValue;
        if (life > PageEvictions.SettlingLife && Keys(headers).Any(evictions.IsSettling))
            life = PageEvictions.SettlingLife;
        if (life < (page.ResponseExpirationTimeSpan ?? TimeSpan.MaxValue))
            page.ResponseExpirationTimeSpan = life;
        page.AllowCacheStorage &= life > TimeSpan.Zero;
    }

    public ValueTask CacheRequestAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        context.HttpContext.Items[Started] = time.GetTimestamp();
        return ValueTask.CompletedTask;
    }

    public ValueTask ServeFromCacheAsync(OutputCacheContext context, CancellationToken cancellation) => ValueTask.CompletedTask;

    public ValueTask ServeResponseAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        foreach (var key in Keys(context.HttpContext.Response.Headers))
        {
            context.Tags.Add(key);
            // Asked for before a change that was told meanwhile: it may be what was before.
            if (context.HttpContext.Items[Started] is long started && evictions.IsLaterThan(started, key))
                context.AllowCacheStorage = false;
        }

        return ValueTask.CompletedTask;
    }

    private static string[] Keys(IHeaderDictionary headers) => headers[KeysHeader].ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static TimeSpan? Life(string header) =>
        header.StartsWith(MaxAge, StringComparison.Ordinal)
        && int.TryParse(header.AsSpan(MaxAge.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : null;
}
