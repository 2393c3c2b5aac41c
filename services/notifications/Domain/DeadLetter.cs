using System.Text.Json;

namespace NexusCart.Notifications.Domain;

/// <summary>What was done about a dead letter.</summary>
public enum DeadLetterStatus
{
    /// <summary>Nothing.</summary>
    Open,

    /// <summary>It was published again, and has not come back.</summary>
    Replayed,

    /// <summary>It was given up.</summary>
    Discarded,
}

/// <summary>What a command on a dead letter comes to.</summary>
public enum DeadLetterVerdict
{
    /// <summary>Done now, or before.</summary>
    Done,

    /// <summary>There is none.</summary>
    NotFound,

    /// <summary>It was discarded, or replayed and has not come back.</summary>
    NotOpen,
}

/// <summary>An event that a subscriber refused to the end, as the broker kept it.</summary>
/// <param name="Topic">Where it was published.</param>
/// <param name="EventId">CloudEvents id.</param>
/// <param name="Type">CloudEvents type.</param>
/// <param name="Source">The app that published it.</param>
/// <param name="Subject">The aggregate's id.</param>
/// <param name="Envelope">The whole event.</param>
public sealed record DeadEvent(string Topic, string EventId, string Type, string Source, string Subject, JsonElement Envelope);

/// <summary>
/// A dead letter and what was done about it. One event is one dead letter however many subscribers refused it: a dead letter does not say
/// who did. Immutable: verbs give the next.
/// </summary>
/// <param name="Event">The event.</param>
/// <param name="Status">What was done.</param>
/// <param name="Times">How often it came.</param>
/// <param name="FirstSeenAt">When it first came.</param>
/// <param name="LastSeenAt">When it last came.</param>
/// <param name="Replays">How often it was published again.</param>
/// <param name="HandledBy">Who replayed or discarded it last.</param>
/// <param name="HandledAt">When.</param>
/// <param name="Reason">Why it was discarded.</param>
public sealed record DeadLetter(
    DeadEvent Event,
    DeadLetterStatus Status,
    int Times,
    DateTimeOffset FirstSeenAt,
    DateTimeOffset LastSeenAt,
    int Replays = 0,
    string HandledBy = "",
    DateTimeOffset? HandledAt = null,
    string Reason = "")
{
    /// <summary>Most characters of a reason.</summary>
    public const int MaxReason = 500;

    /// <summary>The first, or one more, of an event; what was replayed is open again.</summary>
    public static DeadLetter Of(DeadLetter? known, DeadEvent arrived, DateTimeOffset now) => known is null
        ? new DeadLetter(arrived, DeadLetterStatus.Open, 1, now, now)
        : known with
        {
            Status = known.Status is DeadLetterStatus.Replayed ? DeadLetterStatus.Open : known.Status,
            Times = known.Times + 1,
            LastSeenAt = now,
        };

    /// <summary>Has it published again. Repeated, it changes nothing until it comes back.</summary>
    public DeadLetterVerdict Replay(string by, DateTimeOffset now, out DeadLetter next)
    {
        next = this;
        if (Status is DeadLetterStatus.Discarded)
            return DeadLetterVerdict.NotOpen;
        if (Status is DeadLetterStatus.Open)
            next = this with { Status = DeadLetterStatus.Replayed, Replays = Replays + 1, HandledBy = by, HandledAt = now };
        return DeadLetterVerdict.Done;
    }

    /// <summary>Takes out who it is about, if that is who is to be forgotten. A replay publishes it as it is then.</summary>
    public DeadLetter Forget(Whom about)
    {
        var before = Event.Envelope.GetRawText();
        var after = Redaction.Forget(before, about);
        return ReferenceEquals(before, after) ? this : this with { Event = Event with { Envelope = JsonDocument.Parse(after).RootElement } };
    }

    /// <summary>Gives it up. Repeated with the same reason, it changes nothing.</summary>
    public DeadLetterVerdict Discard(string by, string reason, DateTimeOffset now, out DeadLetter next)
    {
        next = this;
        if (Status is DeadLetterStatus.Discarded && Reason == reason)
            return DeadLetterVerdict.Done;
        if (Status is not DeadLetterStatus.Open)
            return DeadLetterVerdict.NotOpen;
        next = this with { Status = DeadLetterStatus.Discarded, HandledBy = by, HandledAt = now, Reason = reason };
        return DeadLetterVerdict.Done;
    }
}
