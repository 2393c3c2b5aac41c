using System.Buffers;
using System.Globalization;

namespace NexusCart.Sidecar.Resources;

/// <summary>Durations as Go writes them: <c>1h30m</c>, <c>500ms</c>, <c>-1.5s</c>.</summary>
public static class GoDuration
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    /// <summary>Reads a duration; a number without a unit is refused (except 0), as Go does.</summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (string.IsNullOrEmpty(text))
            return false;
        var rest = text.AsSpan();
        var negative = rest[0] == '-';
        if (rest[0] is '-' or '+')
            rest = rest[1..];
        if (rest is "0")
            return true;
        if (rest.IsEmpty)
            return false;

        var ticks = 0d;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(NumberCharacters);
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
                return false;
            rest = rest[digits..];
            var unitLength = rest.IndexOfAny(NumberCharacters);
            var unit = unitLength < 0 ? rest : rest[..unitLength];
            if (TicksOf(unit) is not { } perUnit)
                return false;
            ticks += number * perUnit;
            rest = rest[unit.Length..];
        }

        if (ticks > long.MaxValue)
            return false;
        duration = TimeSpan.FromTicks((long)(negative ? -ticks : ticks));
        return true;
    }

    /// <summary>Writes a duration the way Go prints it (<c>1h0m0s</c>, <c>1.5s</c>, <c>500ms</c>).</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
            return "0s";
        var sign = duration < TimeSpan.Zero ? "-" : "";
        var d = duration.Duration();
        if (d < TimeSpan.FromSeconds(1))
        {
            return d.TotalMilliseconds >= 1
                ? string.Create(CultureInfo.InvariantCulture, $"{sign}{d.TotalMilliseconds:0.######}ms")
                : string.Create(CultureInfo.InvariantCulture, $"{sign}{d.TotalMicroseconds:0.###}µs");
        }

        var seconds = (d - TimeSpan.FromMinutes(Math.Floor(d.TotalMinutes))).TotalSeconds;
        var text = string.Create(CultureInfo.InvariantCulture, $"{seconds:0.#######}s");
        if (d >= TimeSpan.FromMinutes(1))
            text = string.Create(CultureInfo.InvariantCulture, $"{d.Minutes}m{text}");
        if (d >= TimeSpan.FromHours(1))
            text = string.Create(CultureInfo.InvariantCulture, $"{(long)d.TotalHours}h{text}");
        return sign + text;
    }

    private static double? TicksOf(ReadOnlySpan<char> unit) => unit switch
    {
        "ns" => 0.01,
        "us" or "µs" or "μs" => TimeSpan.TicksPerMicrosecond,
        "ms" => TimeSpan.TicksPerMillisecond,
        "s" => TimeSpan.TicksPerSecond,
        "m" => TimeSpan.TicksPerMinute,
        "h" => TimeSpan.TicksPerHour,
        _ => null,
    };
}
