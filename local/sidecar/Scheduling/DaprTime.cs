using System.Globalization;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Scheduling;

/// <summary>Times and periods in the forms timers, reminders and jobs give them.</summary>
public static class DaprTime
{
    /// <summary>
    /// A point in time: an RFC 3339 instant, or a Go duration (<c>1h30m</c>) or ISO 8601 duration (<c>PT1H</c>) after
    /// <paramref name="start"/>. Repetitions make no point in time.
    /// </summary>
    public static bool TryParsePoint(string text, DateTimeOffset start, out DateTimeOffset point)
    {
        point = default;
        try
        {
            if (TryParseInstant(text, out point))
                return true;
            if (GoDuration.TryParse(text, out var span))
            {
                point = start + span;
                return true;
            }

            if (!IsoDuration.TryParse(text, out var duration) || duration.Repetitions is not null)
                return false;
            point = duration.After(start);
            return true;
        }
        catch (ArgumentOutOfRangeException)
        {
            // Beyond the year 9999.
            return false;
        }
    }

    /// <summary>A period: an ISO 8601 duration, repetitions allowed, or a Go duration.</summary>
    public static bool TryParsePeriod(string text, out IsoDuration period)
    {
        if (IsoDuration.TryParse(text, out period))
            return true;
        if (!GoDuration.TryParse(text, out var span))
            return false;
        period = new IsoDuration(0, 0, 0, span, null);
        return true;
    }

    /// <summary>An RFC 3339 instant: date, <c>T</c>, time with seconds, optional fraction, and a zone.</summary>
    public static bool TryParseInstant(string text, out DateTimeOffset instant)
    {
        const int SecondsEnd = 19;
        const int LongestFraction = 8;
        instant = default;
        if (text.Length <= SecondsEnd || text[10] != 'T')
            return false;
        var zone = text.IndexOfAny(['Z', '+', '-'], SecondsEnd);
        if (zone < 0)
            return false;
        // Other languages write nanoseconds; a tick is 100 of them.
        var fraction = text.AsSpan(SecondsEnd, Math.Min(zone - SecondsEnd, LongestFraction));
        return DateTimeOffset.TryParseExact(
            string.Concat(text.AsSpan(0, SecondsEnd), fraction, text.AsSpan(zone)),
            ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out instant);
    }
}
