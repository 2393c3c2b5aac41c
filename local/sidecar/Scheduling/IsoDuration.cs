using System.Globalization;

namespace NexusCart.Sidecar.Scheduling;

/// <summary>
/// An ISO 8601 duration with an optional repetition count, such as <c>R3/PT1H</c>, read as daprd reads it: whole numbers only,
/// at least two characters, and a count alone (<c>R3</c>) is a duration of zero.
/// </summary>
/// <param name="Years">Calendar years.</param>
/// <param name="Months">Calendar months.</param>
/// <param name="Days">Days, weeks included.</param>
/// <param name="Time">The part after <c>T</c>.</param>
/// <param name="Repetitions">The count before the slash; null when there is none.</param>
public readonly record struct IsoDuration(int Years, int Months, int Days, TimeSpan Time, int? Repetitions)
{
    // A thousand years in hours; keeps sums within what a TimeSpan holds.
    private const int LargestPart = 10_000_000;

    /// <summary>Whether it has years, months or days, whose length depends on the calendar.</summary>
    public bool HasCalendarPart => Years != 0 || Months != 0 || Days != 0;

    /// <summary>The moment this duration after <paramref name="start"/>.</summary>
    public DateTimeOffset After(DateTimeOffset start) =>
        start.AddYears(Years).AddMonths(Months).AddDays(Days).Add(Time);

    /// <summary>Reads the text; false when it is none.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IsoDuration duration)
    {
        duration = default;
        if (text.Length < 2)
            return false;
        int? repetitions = null;
        if (text[0] == 'R')
        {
            var slash = text.IndexOf('/');
            var count = slash < 0 ? text[1..] : text[1..slash];
            if (!int.TryParse(count, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
                return false;
            repetitions = number;
            text = slash < 0 ? [] : text[(slash + 1)..];
            if (text.IsEmpty)
            {
                duration = new IsoDuration(0, 0, 0, TimeSpan.Zero, repetitions);
                return true;
            }
        }

        return text[0] == 'P' && TryReadParts(text[1..], repetitions, out duration);
    }

    private static bool TryReadParts(ReadOnlySpan<char> text, int? repetitions, out IsoDuration duration)
    {
        var result = new IsoDuration(0, 0, 0, TimeSpan.Zero, repetitions);
        duration = default;
        var inTime = false;
        while (!text.IsEmpty)
        {
            if (text[0] == 'T')
            {
                inTime = true;
                text = text[1..];
                continue;
            }

            var digits = text.IndexOfAnyExceptInRange('0', '9');
            // Trailing digits without a unit are ignored, as daprd ignores them.
            if (digits < 0)
                break;
            if (!int.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || number > LargestPart
                || Add(result, text[digits], number, inTime) is not { } next)
                return false;
            result = next;
            text = text[(digits + 1)..];
        }

        duration = result;
        return true;
    }

    private static IsoDuration? Add(IsoDuration sum, char unit, int number, bool inTime) => (unit, inTime) switch
    {
        ('Y', false) => sum with { Years = number },
        ('M', false) => sum with { Months = number },
        ('W', false) => sum with { Days = sum.Days + (number * 7) },
        ('D', false) => sum with { Days = sum.Days + number },
        ('H', true) => sum with { Time = sum.Time + TimeSpan.FromHours(number) },
        ('M', true) => sum with { Time = sum.Time + TimeSpan.FromMinutes(number) },
        ('S', true) => sum with { Time = sum.Time + TimeSpan.FromSeconds(number) },
        _ => null,
    };
}
