using System.Globalization;

namespace NexusCart.Gateway.Limits;

/// <summary>How fast a bucket fills and how much it holds.</summary>
/// <param name="PerSecond">Requests a second in the long run; 0 means no limit.</param>
/// <param name="Burst">Requests at once.</param>
internal sealed record Bucket(int PerSecond, int Burst);

/// <summary>
/// The limits, from the environment: RATE_LIMIT_CLIENT_PER_SECOND and _BURST count per token's subject,
/// RATE_LIMIT_ADDRESS_PER_SECOND and _BURST count per address before a token is even looked at.
/// </summary>
internal sealed record RateLimits(Bucket Client, Bucket Address)
{
    public static RateLimits From(IConfiguration configuration) => new(
        Read(configuration, "RATE_LIMIT_CLIENT", 200), Read(configuration, "RATE_LIMIT_ADDRESS", 2_000));

    private static Bucket Read(IConfiguration configuration, string name, int perSecond)
    {
        var rate = Number(configuration, name + "_PER_SECOND", perSecond);
        return new Bucket(rate, Math.Max(1, Number(configuration, name + "_BURST", 3 * rate)));
    }

    private static int Number(IConfiguration configuration, string name, int otherwise) => configuration[name] switch
    {
        null or "" => otherwise,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 10_000_000 => number,
        var text => throw new InvalidOperationException($"{name} is '{text}'; it must be 0 to 10000000."),
    };
}
