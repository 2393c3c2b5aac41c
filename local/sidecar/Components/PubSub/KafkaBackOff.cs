using System.Globalization;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>
/// The pauses between the tries of a message that the app refused, with Dapr's names and defaults: <c>backOffPolicy</c> (constant),
/// <c>backOffDuration</c> (5s), and for exponential ones <c>backOffInitialInterval</c> (500ms), <c>backOffMultiplier</c> (1.5),
/// <c>backOffRandomizationFactor</c> (0.5), <c>backOffMaxInterval</c> (1m) and <c>backOffMaxElapsedTime</c> (15m);
/// <c>backOffMaxRetries</c> (-1, no limit). Bare numbers are milliseconds.
/// </summary>
internal sealed class KafkaBackOff
{
    private readonly bool _isExponential;
    private readonly TimeSpan _duration;
    private readonly TimeSpan _first;
    private readonly TimeSpan _longest;
    private readonly TimeSpan _mostTime;
    private readonly double _growth;
    private readonly double _jitter;
    private readonly int _mostRetries;

    /// <exception cref="ArgumentException">A setting is wrong.</exception>
    public KafkaBackOff(ComponentSpec spec)
    {
        _isExponential = (spec.Find("backOffPolicy") ?? "constant").ToLowerInvariant() switch
        {
            "constant" => false,
            "exponential" => true,
            var other => throw ComponentSettings.Invalid(spec, "backOffPolicy", $"must be constant or exponential, not '{other}'"),
        };
        _duration = spec.Milliseconds("backOffDuration", TimeSpan.FromSeconds(5));
        _first = spec.Milliseconds("backOffInitialInterval", TimeSpan.FromMilliseconds(500));
        _longest = spec.Milliseconds("backOffMaxInterval", TimeSpan.FromMinutes(1));
        _mostTime = spec.Milliseconds("backOffMaxElapsedTime", TimeSpan.FromMinutes(15));
        _growth = Factor(spec, "backOffMultiplier", 1.5);
        _jitter = Factor(spec, "backOffRandomizationFactor", 0.5);
        _mostRetries = spec.Number("backOffMaxRetries", otherwise: -1, minimum: -1);
    }

    /// <summary>The pause when none is left to be had and the message must not be given up.</summary>
    public TimeSpan Longest => _isExponential ? _longest : _duration;

    /// <summary>The pause before a try; null when there is to be none.</summary>
    /// <param name="retries">Tries made again before; 0 after the first failure.</param>
    /// <param name="elapsed">Time since the first try.</param>
    public TimeSpan? Pause(int retries, TimeSpan elapsed)
    {
        if (_mostRetries >= 0 && retries >= _mostRetries)
            return null;
        if (!_isExponential)
            return _duration;
        var interval = Math.Min(_first.TotalMilliseconds * Math.Pow(_growth, Math.Min(retries, 100)), _longest.TotalMilliseconds);
        var pause = TimeSpan.FromMilliseconds(interval * (1 - _jitter + (Random.Shared.NextDouble() * 2 * _jitter)));
        return _mostTime > TimeSpan.Zero && elapsed + pause > _mostTime ? null : pause;
    }

    private static double Factor(ComponentSpec spec, string name, double otherwise)
    {
        if (spec.Find(name) is not { } text)
            return otherwise;
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var factor)
            ? factor
            : throw ComponentSettings.Invalid(spec, name, $"is no number: '{text}'");
    }
}
