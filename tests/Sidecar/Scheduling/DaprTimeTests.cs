using NexusCart.Sidecar.Scheduling;

namespace NexusCart.Tests.Sidecar.Scheduling;

public sealed class DaprTimeTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("0h0m1s0ms", "2026-01-31T12:00:01Z")]
    [InlineData("1.5s", "2026-01-31T12:00:01.5Z")]
    [InlineData("-1h", "2026-01-31T11:00:00Z")]
    [InlineData("PT1H30M", "2026-01-31T13:30:00Z")]
    [InlineData("P1Y2W3DT4H", "2027-02-17T16:00:00Z")]
    [InlineData("P1M", "2026-02-28T12:00:00Z")]
    [InlineData("2030-05-06T07:08:09Z", "2030-05-06T07:08:09Z")]
    [InlineData("2030-05-06T07:08:09.123456789+02:00", "2030-05-06T05:08:09.1234567Z")]
    public void A_point_in_time_is_an_instant_or_a_duration_from_now(string text, string expected)
    {
        Assert.True(DaprTime.TryParsePoint(text, Start, out var point));
        Assert.Equal(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), point);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("tomorrow")]
    [InlineData("R3/PT1S")]
    [InlineData("@every 1s")]
    [InlineData("PT1X")]
    [InlineData("P1H")]
    [InlineData("PT99999999999H")]
    [InlineData("P9999Y")]
    [InlineData("2030-05-06")]
    [InlineData("2030-05-06T07:08:09")]
    public void What_is_neither_is_refused(string text) => Assert.False(DaprTime.TryParsePoint(text, Start, out _));

    [Theory]
    [InlineData("R5/PT2S", 2, 5)]
    [InlineData("R5", 0, 5)]
    [InlineData("PT2S", 2, null)]
    [InlineData("0h0m2s0ms", 2, null)]
    [InlineData("R-1/PT2S", 2, -1)]
    public void A_period_may_say_how_often(string text, int seconds, int? repetitions)
    {
        Assert.True(DaprTime.TryParsePeriod(text, out var period));
        Assert.Equal(TimeSpan.FromSeconds(seconds), period.Time);
        Assert.Equal(repetitions, period.Repetitions);
        Assert.False(period.HasCalendarPart);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("R/PT1S")]
    [InlineData("Rx/PT1S")]
    [InlineData("@every 1h")]
    [InlineData("* * * * * *")]
    public void Other_periods_are_refused(string text) => Assert.False(DaprTime.TryParsePeriod(text, out _));
}
