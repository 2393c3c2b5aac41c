using NexusCart.Sidecar.Scheduling;

namespace NexusCart.Sidecar.Actors;

/// <summary>A timer as an app asks for it.</summary>
public sealed record ActorTimerRequest : ActorCallbackRequest
{
    /// <summary>Which method of the actor the app is to call.</summary>
    public string Callback { get; init; } = "";
}

/// <summary>A running timer.</summary>
internal sealed class ActorTimer : Deadline
{
    private readonly IsoDuration _period;
    private readonly DateTimeOffset? _expiration;
    private int _left;

    private ActorTimer(ActorTimerRequest request, DateTimeOffset first, IsoDuration period, DateTimeOffset? expiration)
    {
        Request = request;
        Next = first;
        _period = period;
        _expiration = expiration;
        _left = period.Repetitions ?? -1;
        Body = CallbackBody.OfTimer(request);
    }

    public ActorTimerRequest Request { get; }

    /// <summary>What the app gets with each tick.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>When the next tick is due.</summary>
    public DateTimeOffset Next { get; private set; }

    /// <summary>Deleted or replaced. Under the lock of <see cref="ActorTimers"/>.</summary>
    public bool Stopped { get; set; }

    /// <summary>Reads the times of a request, with daprd's words for what is wrong with them.</summary>
    public static ActorTimer Create(ActorTimerRequest request, DateTimeOffset now)
    {
        var first = now;
        if (request.DueTime.Length > 0 && !DaprTime.TryParsePoint(request.DueTime, now, out first))
            throw ActorErrors.TimerCreate("error parsing timer due time: unsupported time/duration format: " + request.DueTime);
        var period = default(IsoDuration);
        if (request.Period.Length > 0)
        {
            if (!DaprTime.TryParsePeriod(request.Period, out period))
                throw ActorErrors.TimerCreate("invalid timer period: parse error: unsupported duration format: " + request.Period);
            if (period.Repetitions == 0)
                throw ActorErrors.TimerCreate("invalid timer period: has zero repetitions");
        }

        if (request.Ttl.Length == 0)
            return new ActorTimer(request, first, period, null);
        if (!DaprTime.TryParsePoint(request.Ttl, first, out var expiration))
            throw ActorErrors.TimerCreate("error parsing timer TTL: unsupported time/duration format: " + request.Ttl);
        if (now > expiration || first > expiration)
        {
            throw ActorErrors.TimerCreate(
                $"timer {request.Type}||{request.Id}||{request.Name} has already expired: dueTime: {first:O} TTL: {request.Ttl}");
        }

        return new ActorTimer(request, first, period, expiration);
    }

    /// <summary>Whether its time is up before the next tick.</summary>
    public bool IsOver => Next >= _expiration;

    /// <summary>A tick was done; false when it was the last.</summary>
    public bool Advance()
    {
        if (_left > 0)
            _left--;
        var repeats = _left != 0 && (_period.HasCalendarPart || _period.Time != TimeSpan.Zero);
        if (!repeats)
            return false;
        Next = _period.After(Next);
        return !IsOver;
    }
}
