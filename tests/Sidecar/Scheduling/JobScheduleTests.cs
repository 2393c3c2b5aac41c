using NexusCart.Sidecar.Scheduling;

namespace NexusCart.Tests.Sidecar.Scheduling;

public sealed class JobScheduleTests
{
    private static readonly DateTimeOffset Start = new(2026, 2, 27, 23, 59, 30, 500, TimeSpan.Zero);

    [Theory]
    [InlineData("@every 1h30m", "2026-02-28T01:29:30.5Z")]
    [InlineData("@hourly", "2026-02-28T00:00:00Z")]
    [InlineData("@daily", "2026-02-28T00:00:00Z")]
    [InlineData("@monthly", "2026-03-01T00:00:00Z")]
    [InlineData("@weekly", "2026-03-01T00:00:00Z")]
    [InlineData("@yearly", "2027-01-01T00:00:00Z")]
    [InlineData("*/20 * * * * *", "2026-02-27T23:59:40Z")]
    [InlineData("0 15,45 8-17 * * mon-fri", "2026-03-02T08:15:00Z")]
    [InlineData("0 0 0 29 feb *", "2028-02-29T00:00:00Z")]
    [InlineData("0 0 12 13 * FRI", "2026-03-06T12:00:00Z")]
    public void The_next_time_is_after_the_last(string schedule, string expected) =>
        Assert.Equal(
            DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture),
            JobSchedule.Parse(schedule).Next(Start));

    [Theory]
    [InlineData("@every")]
    [InlineData("@every soon")]
    [InlineData("@sometimes")]
    [InlineData("* * * * *")]
    [InlineData("60 * * * * *")]
    [InlineData("* * 5-3 * * *")]
    [InlineData("*/0 * * * * *")]
    [InlineData("* * * 0 * *")]
    [InlineData("a * * * * *")]
    public void What_is_no_schedule_is_refused(string schedule) => Assert.Throws<FormatException>(() => JobSchedule.Parse(schedule));

    [Fact]
    public void A_date_that_never_comes_ends() => Assert.Null(JobSchedule.Parse("0 0 0 30 2 *").Next(Start));

    [Fact]
    public void A_negative_interval_is_a_second()
    {
        var start = DateTimeOffset.UnixEpoch;
        Assert.Equal(start.AddSeconds(1), JobSchedule.Parse("@every -1h").Next(start));
    }
}
