namespace NexusCart.Promotions.Domain.FlashSales;

/// <summary>
/// The token bucket of a waiting room, turned round: instead of turning people away while it is empty, it tells each at once when his
/// token will be there. In any span of time t no more than burst + rate · t turns begin, and turns come in the order of asking. It is the
/// generic cell rate algorithm (ITU-T I.371, virtual scheduling), which is a token bucket kept as one moment.
/// </summary>
/// <param name="perSecond">Tokens a second; 1 to 1,000,000.</param>
/// <param name="burst">Tokens at most; 1 or more.</param>
/// <param name="opensAt">No turn begins before.</param>
public sealed class AdmissionBucket(int perSecond, int burst, DateTimeOffset opensAt)
{
    private readonly Lock _sync = new();
    private readonly TimeSpan _interval = TimeSpan.FromTicks(Math.Max(1, TimeSpan.TicksPerSecond / perSecond));
    // Until somebody comes, it is full.
    private DateTimeOffset _full = DateTimeOffset.MinValue;

    /// <summary>Takes the next token.</summary>
    /// <returns>When the turn begins; now or later.</returns>
    public DateTimeOffset Next(DateTimeOffset now)
    {
        lock (_sync)
        {
            var earliest = now > opensAt ? now : opensAt;
            // The moment at which the bucket, left alone, would be full: each token taken moves it by one interval.
            var full = _full > earliest ? _full : earliest;
            var turn = full - (_interval * (burst - 1));
            _full = full + _interval;
            return turn > earliest ? turn : earliest;
        }
    }
}
