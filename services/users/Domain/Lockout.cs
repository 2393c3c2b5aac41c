namespace NexusCart.Users.Domain;

/// <summary>
/// How long an account takes no password after wrong ones. The pauses grow and end by themselves: a lock for ever would let anybody
/// shut anybody out.
/// </summary>
public static class Lockout
{
    /// <summary>Attempts in a row that cost nothing but themselves.</summary>
    public const int FreeAttempts = 5;

    private static readonly TimeSpan First = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>The pause that begins with an attempt: 1 minute at the first above <see cref="FreeAttempts"/>, doubled with each further one, an hour at most.</summary>
    /// <param name="attempts">Attempts in a row, this one included; above <see cref="FreeAttempts"/>.</param>
    public static TimeSpan Pause(int attempts)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(attempts, FreeAttempts);
        var doublings = Math.Min(attempts - FreeAttempts - 1, 10);
        var pause = First * (1 << doublings);
        return pause < Longest ? pause : Longest;
    }
}
