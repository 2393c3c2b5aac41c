namespace NexusCart.Gateway.Proxy;

/// <summary>
/// Keeps anonymous product and category pages for a moment (PAGE_CACHE_SECONDS, default 2): many readers cost the catalog one
/// request.
/// </summary>
internal static class PageCache
{
    private const int DefaultSeconds = 2;

    public static void AddPageCache(this WebApplicationBuilder builder) => builder.Services.AddOutputCache(cache =>
    {
        var age = TimeSpan.FromSeconds(builder.Configuration.GetValue("PAGE_CACHE_SECONDS", DefaultSeconds));
        cache.SizeLimit = 64 * 1024 * 1024;
        cache.MaximumBodySize = 512 * 1024;
        // The framework's own rules apply besides: GET and HEAD, status 200, no token, no cookies set; every query counts.
        cache.AddPolicy(ProxyRoutes.PageCache, page => page.Expire(age).SetVaryByHost(false));
    });
}
