using System.Globalization;

namespace NexusCart.Payments.Providers;

/// <summary>How a provider is called: its bounds, from configuration under the provider's prefix (<c>STRIPE_</c>, <c>PAYPAL_</c>).</summary>
public abstract record ProviderOptions
{
    /// <summary>Where the API is (<c>…API_BASE</c>).</summary>
    public required Uri ApiBase { get; init; }

    /// <summary>Where a customer's browser goes when he has acted at the provider (<c>PAYMENT_RETURN_URL</c>).</summary>
    public required string ReturnUrl { get; init; }

    /// <summary>Requests a second this process sends at most (<c>…REQUESTS_PER_SECOND</c>); null: what the provider publishes.</summary>
    public int? RequestsPerSecond { get; init; }

    /// <summary>The same for each operation (<c>…REQUESTS_PER_SECOND_PER_ENDPOINT</c>); null: what the provider publishes.</summary>
    public int? RequestsPerSecondPerEndpoint { get; init; }

    /// <summary>Requests under way at once at most (<c>…MAX_CONCURRENT</c>); sixteen times as many may wait.</summary>
    public int MaxConcurrent { get; init; } = 256;

    /// <summary>How long one attempt may take (<c>…ATTEMPT_TIMEOUT_MS</c>).</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How long a call with its repetitions may take (<c>…TOTAL_TIMEOUT_MS</c>): less than the callers' deadline of 20 s.</summary>
    public TimeSpan TotalTimeout { get; init; } = TimeSpan.FromSeconds(16);

    /// <summary>Pause before the first repetition; it doubles, with jitter, up to two seconds.</summary>
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long nothing is sent once the provider seems down, before one call probes it (<c>…BREAK_MS</c>).</summary>
    public TimeSpan Break { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Of how many calls within ten seconds half must fail for that (<c>…BREAK_AFTER</c>, from 2).</summary>
    public int BreakAfter { get; init; } = 10;

    /// <summary>Reads an address.</summary>
    /// <exception cref="InvalidOperationException">It is malformed; the message names the variable.</exception>
    protected static Uri Address(string name, string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri
            : throw new InvalidOperationException($"{name} must be an absolute http or https address, not '{text}'.");

    /// <summary>The address that browsers return to.</summary>
    protected static string Return(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return configuration["PAYMENT_RETURN_URL"] ?? "http://127.0.0.1:8080/checkout/return";
    }

    /// <summary>These options with the bounds that are configured under a prefix.</summary>
    /// <exception cref="InvalidOperationException">A value is malformed; the message names the variable.</exception>
    protected ProviderOptions Bounded(IConfiguration configuration, string prefix) => this with
    {
        RequestsPerSecond = Number(configuration, prefix + "REQUESTS_PER_SECOND") ?? RequestsPerSecond,
        RequestsPerSecondPerEndpoint = Number(configuration, prefix + "REQUESTS_PER_SECOND_PER_ENDPOINT") ?? RequestsPerSecondPerEndpoint,
        MaxConcurrent = Number(configuration, prefix + "MAX_CONCURRENT") ?? MaxConcurrent,
        AttemptTimeout = Milliseconds(configuration, prefix + "ATTEMPT_TIMEOUT_MS") ?? AttemptTimeout,
        TotalTimeout = Milliseconds(configuration, prefix + "TOTAL_TIMEOUT_MS") ?? TotalTimeout,
        Break = Milliseconds(configuration, prefix + "BREAK_MS") ?? Break,
        BreakAfter = Math.Max(2, Number(configuration, prefix + "BREAK_AFTER") ?? BreakAfter),
    };

    private static TimeSpan? Milliseconds(IConfiguration configuration, string name) =>
        Number(configuration, name) is { } number ? TimeSpan.FromMilliseconds(number) : null;

    private static int? Number(IConfiguration configuration, string name)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var text = configuration[name];
        if (string.IsNullOrWhiteSpace(text))
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new InvalidOperationException($"{name} must be a whole number from 1, not '{text}'.");
    }
}
