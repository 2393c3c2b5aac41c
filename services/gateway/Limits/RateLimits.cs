using System.Collections.Frozen;
using System.Globalization;

namespace NexusCart.Gateway.Limits;

/// <summary>How fast a bucket fills and how much it holds.</summary>
/// <param name="PerSecond">Requests a second in the long run; 0 means no limit.</param>
/// <param name="Burst">Requests at once.</param>
internal sealed record Bucket(int PerSecond, int Burst);

/// <summary>How many requests may be under way.</summary>
/// <param name="AtOnce">Requests that are served at once; 0 means no limit.</param>
/// <param name="Queued">Requests that wait for it; one more is turned away.</param>
/// <param name="Exempt">How paths begin that are never turned away.</param>
internal sealed record Shedding(int AtOnce, int Queued, IReadOnlyList<string> Exempt);

/// <summary>
/// What the gateway lets in, from the environment. RATE_LIMIT_CLIENT_PER_SECOND and _BURST count per token's subject,
/// RATE_LIMIT_ADDRESS_PER_SECOND and _BURST per address before a token is even looked at, RATE_LIMIT_GLOBAL_PER_SECOND and _BURST all of
/// it. RATE_LIMIT_ROUTES counts single RPCs: <c>FlashSales.Claim=5000/10000, Users.Register=50</c> (a second / at once). SHED_AT_ONCE,
/// SHED_QUEUED and SHED_EXEMPT (beginnings of paths, with commas) say how many requests may be under way; staff are
/// not counted.
/// </summary>
internal sealed record RateLimits(Bucket Client, Bucket Address, Bucket Global, FrozenDictionary<string, Bucket> Routes, Shedding Shedding)
{
    private const int Most = 10_000_000;

    /// <summary>A provider's notice that is turned away comes again much later.</summary>
    private const string DefaultExempt = "/webhooks/";

    public static RateLimits From(IConfiguration configuration) => new(
        Read(configuration, "RATE_LIMIT_CLIENT", 200),
        Read(configuration, "RATE_LIMIT_ADDRESS", 2_000),
        Read(configuration, "RATE_LIMIT_GLOBAL", 0),
        ReadRoutes(configuration["RATE_LIMIT_ROUTES"] ?? ""),
        new Shedding(
            Number(configuration, "SHED_AT_ONCE", 1_024),
            Number(configuration, "SHED_QUEUED", 1_024),
            (configuration["SHED_EXEMPT"] ?? DefaultExempt).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)));

    private static Bucket Read(IConfiguration configuration, string name, int perSecond)
    {
        var rate = Number(configuration, name + "_PER_SECOND", perSecond);
        return new Bucket(rate, Math.Max(1, Number(configuration, name + "_BURST", 3 * rate)));
    }

    private static FrozenDictionary<string, Bucket> ReadRoutes(string text)
    {
        var routes = new Dictionary<string, Bucket>(StringComparer.Ordinal);
        foreach (var entry in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, figures) = entry.Split('=') is [var left, var right] ? (left, right.Split('/')) : (entry, []);
            if (figures.Length is not (1 or 2) || ToNumber(figures[0]) is not { } rate || ToNumber(figures[^1]) is not { } last)
                throw Wrong("RATE_LIMIT_ROUTES", entry, "must be like FlashSales.Claim=5000 or FlashSales.Claim=5000/10000");
            if (!Contract.PublicContract.Rpcs.Any(rpc => rpc.Name == name))
                throw Wrong("RATE_LIMIT_ROUTES", entry, "must name a public RPC");
            routes[name] = new Bucket(rate, Math.Max(1, figures.Length == 2 ? last : 3 * rate));
        }

        return routes.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static int Number(IConfiguration configuration, string name, int otherwise) => configuration[name] switch
    {
        null or "" => otherwise,
        var text => ToNumber(text) ?? throw Wrong(name, text, $"must be 0 to {Most}"),
    };

    private static int? ToNumber(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= Most ? number : null;

    private static InvalidOperationException Wrong(string name, string text, string right) => new($"{name} is '{text}'; it {right}.");
}
