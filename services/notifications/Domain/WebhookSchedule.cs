namespace NexusCart.Notifications.Domain;

/// <summary>How patient a delivery is.</summary>
/// <param name="FirstPause">After the first attempt that failed; each further pause is twice as long.</param>
/// <param name="LongestPause">The longest pause.</param>
/// <param name="MaxAttempts">Attempts before a delivery is given up.</param>
/// <param name="DisableAfter">Attempts in a row that fail, of whatever deliveries, before the endpoint is disabled.</param>
public sealed record WebhookSchedule(TimeSpan FirstPause, TimeSpan LongestPause, int MaxAttempts, int DisableAfter)
{
    /// <summary>The pause after so many attempts that failed; 1 or more.</summary>
    public TimeSpan PauseAfter(int attempts)
    {
        var ticks = Math.Min(FirstPause.Ticks * Math.Pow(2, Math.Max(0, attempts - 1)), LongestPause.Ticks);
        return TimeSpan.FromTicks((long)ticks);
    }
}
