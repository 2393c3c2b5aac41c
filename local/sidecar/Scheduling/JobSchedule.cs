using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Scheduling;

/// <summary>When a repeating job runs.</summary>
public abstract class JobSchedule
{
    private const string EveryPrefix = "@every ";

    // A negative interval would go back in time run by run, without end or pause.
    private static readonly TimeSpan InsteadOfNegative = TimeSpan.FromSeconds(1);

    /// <summary>The first time after <paramref name="last"/>; null when there is none within reach of the calendar.</summary>
    public abstract DateTimeOffset? Next(DateTimeOffset last);

    /// <summary>
    /// Reads a schedule: <c>@every 1h30m</c>, <c>@hourly</c> and its like, or six cron fields (second, minute, hour, day of the
    /// month, month, day of the week; UTC).
    /// </summary>
    /// <exception cref="FormatException">The text is none of these; the message says why.</exception>
    public static JobSchedule Parse(string text)
    {
        if (!text.StartsWith(EveryPrefix, StringComparison.Ordinal))
            return CronSchedule.Parse(text);
        var interval = text[EveryPrefix.Length..];
        return GoDuration.TryParse(interval, out var span)
            ? new EverySchedule(span < TimeSpan.Zero ? InsteadOfNegative : span)
            : throw new FormatException($"failed to parse duration {text}: invalid duration \"{interval}\"");
    }

    /// <summary>The text of a schedule with a fixed interval, as the reminder API shows it.</summary>
    public static string Every(TimeSpan interval) => EveryPrefix + GoDuration.Format(interval);

    private sealed class EverySchedule(TimeSpan interval) : JobSchedule
    {
        public override DateTimeOffset? Next(DateTimeOffset last) =>
            DateTimeOffset.MaxValue - last > interval ? last + interval : null;
    }
}
