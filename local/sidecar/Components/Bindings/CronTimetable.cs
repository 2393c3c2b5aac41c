using NexusCart.Sidecar.Scheduling;

namespace NexusCart.Sidecar.Components.Bindings;

/// <summary>
/// When a cron binding fires: five or six cron fields or a descriptor in a time zone (<c>CRON_TZ=Europe/Berlin 0 8 * * *</c>, else
/// the machine's), or <c>@every</c> so long, at full seconds and at least one apart.
/// </summary>
internal sealed class CronTimetable
{
    private const string Every = "@every ";
    private const int FieldsWithoutSeconds = 5;

    private readonly JobSchedule _schedule;
    private readonly TimeZoneInfo? _zone;

    private CronTimetable(JobSchedule schedule, TimeZoneInfo? zone, string zoneName) => (_schedule, _zone, ZoneName) = (schedule, zone, zoneName);

    /// <summary>What the app is told: the name given, or <c>Local</c>.</summary>
    public string ZoneName { get; }

    /// <summary>Reads a schedule.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    /// <exception cref="TimeZoneNotFoundException">There is no such zone.</exception>
    public static CronTimetable Parse(string text, TimeZoneInfo local)
    {
        var (zone, zoneName) = (local, "Local");
        if (text.StartsWith("TZ=", StringComparison.Ordinal) || text.StartsWith("CRON_TZ=", StringComparison.Ordinal))
        {
            var parts = text.Split(' ', 2);
            zoneName = parts[0][(parts[0].IndexOf('=', StringComparison.Ordinal) + 1)..];
            zone = TimeZoneInfo.FindSystemTimeZoneById(zoneName);
            text = parts.Length == 2 ? parts[1].Trim() : "";
        }

        if (text.StartsWith(Every, StringComparison.Ordinal))
            return new CronTimetable(JobSchedule.Parse(text), zone: null, zoneName);
        var fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        return new CronTimetable(JobSchedule.Parse(fields == FieldsWithoutSeconds ? "0 " + text : text), zone, zoneName);
    }

    /// <summary>The first time after <paramref name="last"/>; null when there is none within reach of the calendar.</summary>
    public DateTimeOffset? Next(DateTimeOffset last)
    {
        if (_zone is null)
            return NextInterval(last);
        // The schedule counts in wall clock time; one that a change of the clocks skips comes right after the gap.
        var wall = TimeZoneInfo.ConvertTime(last, _zone).DateTime;
        while (_schedule.Next(new DateTimeOffset(wall, TimeSpan.Zero)) is { } next)
        {
            wall = next.DateTime;
            var local = wall;
            while (_zone.IsInvalidTime(local))
                local = local.AddMinutes(1);
            var instant = new DateTimeOffset(local, _zone.GetUtcOffset(local));
            if (instant > last)
                return instant.ToUniversalTime();
        }

        return null;
    }

    private DateTimeOffset? NextInterval(DateTimeOffset last)
    {
        if (_schedule.Next(last) is not { } next)
            return null;
        var atLeast = last + TimeSpan.FromSeconds(1);
        next = next > atLeast ? next : atLeast;
        return next - TimeSpan.FromTicks(next.Ticks % TimeSpan.TicksPerSecond);
    }
}
