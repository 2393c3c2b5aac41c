using System.Globalization;
using System.Numerics;

namespace NexusCart.Sidecar.Scheduling;

/// <summary>Six cron fields or a descriptor such as <c>@daily</c>, in UTC. When both day fields are restricted, either may match.</summary>
internal sealed class CronSchedule : JobSchedule
{
    // The rarest date, 29 February on a given weekday, comes within 40 years.
    private const int HorizonYears = 40;

    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private readonly Field _second;
    private readonly Field _minute;
    private readonly Field _hour;
    private readonly Field _dayOfMonth;
    private readonly Field _month;
    private readonly Field _dayOfWeek;

    private CronSchedule(Field second, Field minute, Field hour, Field dayOfMonth, Field month, Field dayOfWeek)
    {
        _second = second;
        _minute = minute;
        _hour = hour;
        _dayOfMonth = dayOfMonth;
        _month = month;
        _dayOfWeek = dayOfWeek;
    }

    /// <summary>Reads six fields or a descriptor.</summary>
    /// <exception cref="FormatException">The message says what is wrong.</exception>
    public static new CronSchedule Parse(string text)
    {
        var spec = text switch
        {
            "@yearly" or "@annually" => "0 0 0 1 1 *",
            "@monthly" => "0 0 0 1 * *",
            "@weekly" => "0 0 0 * * 0",
            "@daily" or "@midnight" => "0 0 0 * * *",
            "@hourly" => "0 0 * * * *",
            _ when text.StartsWith('@') => throw new FormatException("unrecognized descriptor: " + text),
            _ => text,
        };
        var fields = spec.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 6)
            throw new FormatException($"expected exactly 6 fields, found {fields.Length}: [{string.Join(' ', fields)}]");
        return new CronSchedule(
            Field.Parse(fields[0], 0, 59, []),
            Field.Parse(fields[1], 0, 59, []),
            Field.Parse(fields[2], 0, 23, []),
            Field.Parse(fields[3], 1, 31, []),
            Field.Parse(fields[4], 1, 12, Months),
            Field.Parse(fields[5], 0, 6, Days));
    }

    public override DateTimeOffset? Next(DateTimeOffset last)
    {
        var utc = last.UtcDateTime;
        var at = new DateTime(utc.Year, utc.Month, utc.Day, utc.Hour, utc.Minute, utc.Second, DateTimeKind.Utc).AddSeconds(1);
        var end = at.Year >= DateTime.MaxValue.Year - HorizonYears ? DateTime.MaxValue.Year : at.Year + HorizonYears;
        while (at.Year < end)
        {
            if (!_month.Has(at.Month))
                at = new DateTime(at.Year, at.Month, 1, 0, 0, 0, DateTimeKind.Utc).AddMonths(1);
            else if (!IsDay(at))
                at = at.Date.AddDays(1);
            else if (!_hour.Has(at.Hour))
                at = at.Date.AddHours(at.Hour + 1);
            else if (!_minute.Has(at.Minute))
                at = at.Date.AddHours(at.Hour).AddMinutes(at.Minute + 1);
            else if (!_second.Has(at.Second))
                at = at.AddSeconds(1);
            else
                return new DateTimeOffset(at, TimeSpan.Zero);
        }

        return null;
    }

    private bool IsDay(DateTime at)
    {
        var ofMonth = _dayOfMonth.Has(at.Day);
        var ofWeek = _dayOfWeek.Has((int)at.DayOfWeek);
        return _dayOfMonth.Any || _dayOfWeek.Any ? ofMonth && ofWeek : ofMonth || ofWeek;
    }

    /// <summary>The values of one field as bits; <paramref name="Any"/> for a star.</summary>
    private readonly record struct Field(ulong Bits, bool Any)
    {
        public bool Has(int value) => (Bits & (1UL << value)) != 0;

        public static Field Parse(string text, int min, int max, string[] names)
        {
            var bits = 0UL;
            var any = false;
            foreach (var part in text.Split(','))
            {
                var (partBits, star) = ParsePart(part, min, max, names);
                bits |= partBits;
                any |= star;
            }

            return BitOperations.PopCount(bits) > 0 ? new Field(bits, any) : throw new FormatException("empty field: " + text);
        }

        private static (ulong Bits, bool Star) ParsePart(string part, int min, int max, string[] names)
        {
            var slash = part.Split('/');
            var range = slash[0].Split('-');
            if (slash.Length > 2)
                throw new FormatException("too many slashes: " + part);
            if (range.Length > 2)
                throw new FormatException("too many hyphens: " + part);
            var star = range[0] is "*" or "?";
            var from = star ? min : Number(range[0], min, names);
            var to = star ? max : range.Length == 2 ? Number(range[1], min, names) : slash.Length == 2 ? max : from;
            var step = slash.Length == 2 ? Number(slash[1], 0, []) : 1;
            if (from < min)
                throw new FormatException($"beginning of range ({from}) below minimum ({min}): {part}");
            if (to > max)
                throw new FormatException($"end of range ({to}) above maximum ({max}): {part}");
            if (from > to)
                throw new FormatException($"beginning of range ({from}) beyond end of range ({to}): {part}");
            if (step == 0)
                throw new FormatException("step of range should be a positive number: " + part);
            var bits = 0UL;
            for (var value = from; value <= to; value += step)
                bits |= 1UL << value;
            return (bits, star && step == 1);
        }

        private static int Number(string text, int min, string[] names)
        {
            var name = Array.FindIndex(names, candidate => candidate.Equals(text, StringComparison.OrdinalIgnoreCase));
            if (name >= 0)
                return name + min;
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw new FormatException("failed to parse int from " + text);
        }
    }
}
