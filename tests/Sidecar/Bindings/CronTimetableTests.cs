using System.Globalization;
using NexusCart.Sidecar.Components.Bindings;

namespace NexusCart.Tests.Sidecar.Bindings;

/// <summary>When a cron binding fires.</summary>
public sealed class CronTimetableTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    [InlineData("0 8 * * *", "2026-06-01T06:00:00Z", "2026-06-02T06:00:00Z")]
    [InlineData("30 0 8 * * *", "2026-01-01T07:00:30Z", "2026-01-02T07:00:30Z")]
    [InlineData("@daily", "2026-06-01T12:00:00Z", "2026-06-01T22:00:00Z")]
    [InlineData("CRON_TZ=UTC 0 8 * * *", "2026-06-01T06:00:00Z", "2026-06-01T08:00:00Z")]
    [InlineData("TZ=America/New_York 0 8 * * *", "2026-06-01T06:00:00Z", "2026-06-01T12:00:00Z")]
    [InlineData("30 2 * * *", "2026-03-28T02:00:00Z", "2026-03-29T01:00:00Z")]
    [InlineData("30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T01:30:00Z")]
    [InlineData("0 0 30 2 *", "2026-03-28T02:00:00Z", null)]
    [InlineData("@every 1h30m", "2026-06-01T06:00:00Z", "2026-06-01T07:30:00Z")]
    [InlineData("@every 10s", "2026-06-01T06:00:00.7Z", "2026-06-01T06:00:10Z")]
    [InlineData("@every 1ms", "2026-06-01T06:00:00Z", "2026-06-01T06:00:01Z")]
    public void The_next_time_is_after_the_last(string schedule, string last, string? expected) =>
        Assert.Equal(expected is null ? null : Time(expected), CronTimetable.Parse(schedule, Berlin).Next(Time(last)));

    [Fact]
    public void The_app_is_told_the_zone_that_was_given()
    {
        Assert.Equal("Local", CronTimetable.Parse("@hourly", Berlin).ZoneName);
        Assert.Equal("Asia/Tokyo", CronTimetable.Parse("CRON_TZ=Asia/Tokyo @hourly", Berlin).ZoneName);
    }

    [Theory]
    [InlineData("* * * *")]
    [InlineData("@often")]
    [InlineData("CRON_TZ=UTC")]
    public void What_is_no_schedule_is_refused(string schedule) =>
        Assert.Throws<FormatException>(() => CronTimetable.Parse(schedule, Berlin));

    [Fact]
    public void A_zone_that_does_not_exist_is_refused() =>
        Assert.Throws<TimeZoneNotFoundException>(() => CronTimetable.Parse("CRON_TZ=Moon/Base @hourly", Berlin));

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
