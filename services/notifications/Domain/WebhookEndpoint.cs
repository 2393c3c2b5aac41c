namespace NexusCart.Notifications.Domain;

/// <summary>What became of a delivery.</summary>
public enum DeliveryStatus
{
    /// <summary>It is being tried, or waits for its next attempt.</summary>
    Pending,

    /// <summary>Answered with 2xx.</summary>
    Delivered,

    /// <summary>Given up.</summary>
    Failed,
}

/// <summary>A secret that signs.</summary>
/// <param name="Text">"whsec_" and Base64.</param>
/// <param name="ExpiresAt">When it ceases to; null for the current one.</param>
public sealed record WebhookSecret(string Text, DateTimeOffset? ExpiresAt = null);

/// <summary>An entry of the delivery log. What is delivered and its attempts are kept apart.</summary>
/// <param name="Id">The event's id.</param>
/// <param name="Status">What became of it.</param>
/// <param name="DueAt">When it is to be tried next; while it is being tried, when it is taken for lost.</param>
/// <param name="Attempts">So far, since it was last begun anew.</param>
/// <param name="InFlight">Whether it is being tried.</param>
/// <param name="ReplayKey">The idempotency key it was last begun anew under.</param>
/// <param name="BegunAt">When it came, or was begun anew; what was stored before that was kept counts from when it is due.</param>
public sealed record DeliveryEntry(
    string Id, DeliveryStatus Status, DateTimeOffset DueAt, int Attempts = 0, bool InFlight = false, string ReplayKey = "", DateTimeOffset BegunAt = default);

/// <summary>What came of an attempt.</summary>
/// <param name="DeliveryId">The delivery.</param>
/// <param name="StatusCode">Of the answer; 0 when there was none.</param>
/// <param name="LatencyMs">How long it took.</param>
/// <param name="Error">Why there was no answer.</param>
public sealed record AttemptResult(string DeliveryId, int StatusCode, int LatencyMs, string Error)
{
    /// <summary>Whether the receiver has it.</summary>
    public bool IsSuccess => StatusCode is >= 200 and < 300;

    /// <summary>Whether the receiver wants no more (410).</summary>
    public bool IsGone => StatusCode == 410;
}

/// <summary>
/// An endpoint, its secrets and its delivery log: who is to be tried when. Immutable: verbs give the next.
/// </summary>
/// <param name="Url">Where to.</param>
/// <param name="EventTypes">What of.</param>
/// <param name="Description">For people.</param>
/// <param name="Secrets">The newest first; two at most.</param>
/// <param name="CreatedAt">When it was registered.</param>
/// <param name="UpdatedAt">When staff last changed it.</param>
/// <param name="DisabledReason">Why nothing is sent; empty while it is enabled.</param>
/// <param name="FailuresInARow">Attempts that failed since the last that did not.</param>
/// <param name="RotationKey">The idempotency key of the last rotation.</param>
/// <param name="Log">Deliveries, oldest first.</param>
public sealed record WebhookEndpoint(
    string Url,
    IReadOnlyList<string> EventTypes,
    string Description,
    IReadOnlyList<WebhookSecret> Secrets,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    string DisabledReason,
    int FailuresInARow,
    string RotationKey,
    IReadOnlyList<DeliveryEntry> Log)
{
    /// <summary>Most event types.</summary>
    public const int MaxEventTypes = 50;

    /// <summary>Deliveries in the log unless something else is configured; the oldest goes first, and what is pending last.</summary>
    public const int MaxLog = 200;

    /// <summary>Those to be forgotten that are remembered: events about them may come late.</summary>
    public const int MaxForgotten = 50;

    /// <summary>Attempts at one time.</summary>
    public const int MaxInFlight = 4;

    /// <summary>An attempt that has not come back after so long is taken for lost, with the process that made it.</summary>
    public static readonly TimeSpan AttemptLifetime = TimeSpan.FromSeconds(30);

    /// <summary>Who was forgotten last: what comes about them later is taken in without them.</summary>
    public IReadOnlyList<Whom> Forgotten { get; init => field = value ?? []; } = [];

    /// <summary>Whether anything is sent.</summary>
    public bool IsEnabled => DisabledReason.Length == 0;

    /// <summary>Whether anything waits to be sent.</summary>
    public bool HasWork => IsEnabled && Log.Any(entry => entry.Status is DeliveryStatus.Pending);

    /// <summary>Registers an endpoint, or changes it and enables it again.</summary>
    /// <param name="known">What is there.</param>
    /// <param name="url">Where to.</param>
    /// <param name="eventTypes">What of.</param>
    /// <param name="description">For people.</param>
    /// <param name="secret">The secret of a new one.</param>
    /// <param name="now">The time.</param>
    public static WebhookEndpoint Put(
        WebhookEndpoint? known, string url, IReadOnlyList<string> eventTypes, string description, string secret, DateTimeOffset now)
    {
        if (known is null)
            return new WebhookEndpoint(url, eventTypes, description, [new WebhookSecret(secret)], now, now, "", 0, "", []);
        var same = known.Url == url && known.Description == description && known.EventTypes.SequenceEqual(eventTypes) && known.IsEnabled;
        return same ? known : known with
        {
            Url = url, EventTypes = eventTypes, Description = description, UpdatedAt = now, DisabledReason = "", FailuresInARow = 0,
        };
    }

    /// <summary>A new secret beside the old one; repeated under its key, the same.</summary>
    public WebhookEndpoint Rotate(string key, string secret, TimeSpan overlap, DateTimeOffset now) => key == RotationKey ? this : this with
    {
        Secrets = overlap > TimeSpan.Zero
            ? [new WebhookSecret(secret), Secrets[0] with { ExpiresAt = now + overlap }] : [new WebhookSecret(secret)],
        RotationKey = key,
        UpdatedAt = now,
    };

    /// <summary>The secrets that sign now.</summary>
    public IEnumerable<string> SecretsAt(DateTimeOffset now) =>
        Secrets.Where(secret => secret.ExpiresAt is not { } end || end > now).Select(secret => secret.Text);

    /// <summary>Puts an event into the log, once.</summary>
    /// <param name="id">The event's id.</param>
    /// <param name="now">The time.</param>
    /// <param name="dropped">The id of what the log had to let go; empty when it had room.</param>
    /// <param name="most">Most deliveries in the log.</param>
    public WebhookEndpoint Enqueue(string id, DateTimeOffset now, out string dropped, int most = MaxLog)
    {
        dropped = "";
        if (Log.Any(entry => entry.Id == id))
            return this;
        var log = Log.Append(new DeliveryEntry(id, DeliveryStatus.Pending, now, BegunAt: now)).ToList();
        if (log.Count > most)
        {
            var oldest = log.Find(entry => entry.Status is not DeliveryStatus.Pending) ?? log[0];
            dropped = oldest.Id;
            log.Remove(oldest);
        }

        return this with { Log = log };
    }

    /// <summary>Lets go what is older than the log is kept, whatever came of it.</summary>
    /// <param name="retention">How long a delivery is kept after it came or was begun anew.</param>
    /// <param name="now">The time.</param>
    /// <param name="dropped">What the log let go.</param>
    public WebhookEndpoint Trim(TimeSpan retention, DateTimeOffset now, out IReadOnlyList<string> dropped)
    {
        dropped = [.. Log.Where(entry => (entry.BegunAt == default ? entry.DueAt : entry.BegunAt) + retention <= now).Select(entry => entry.Id)];
        return dropped.Count == 0 ? this : this with { Log = [.. Log.ExceptBy(dropped, entry => entry.Id)] };
    }

    /// <summary>Remembers somebody who is to be forgotten.</summary>
    public WebhookEndpoint Forget(Whom about) =>
        Forgotten.Contains(about) ? this : this with { Forgotten = [.. Forgotten.TakeLast(MaxForgotten - 1), about] };

    /// <summary>Begins a delivery anew; null when there is none. Repeated under its key, nothing changes.</summary>
    public WebhookEndpoint? Replay(string id, string key, DateTimeOffset now)
    {
        if (Log.FirstOrDefault(entry => entry.Id == id) is not { } known)
            return null;
        return known.ReplayKey == key ? this : With(known with
        {
            Status = DeliveryStatus.Pending, DueAt = known.InFlight ? known.DueAt : now, Attempts = 0, ReplayKey = key, BegunAt = now,
        });
    }

    /// <summary>Takes what is due: from now on it is being tried.</summary>
    /// <param name="now">The time.</param>
    /// <param name="ids">What to try.</param>
    public WebhookEndpoint TakeDue(DateTimeOffset now, out IReadOnlyList<string> ids)
    {
        var room = MaxInFlight - Log.Count(entry => entry.InFlight && entry.DueAt > now);
        var due = IsEnabled
            ? Log.Where(entry => entry.Status is DeliveryStatus.Pending && entry.DueAt <= now).Take(Math.Max(0, room)).ToList() : [];
        ids = [.. due.Select(entry => entry.Id)];
        return due.Aggregate(this, (endpoint, entry) => endpoint.With(entry with { InFlight = true, DueAt = now + AttemptLifetime }));
    }

    /// <summary>Notes what came of an attempt: done, due again later, or given up; and the endpoint itself, when too many have failed.</summary>
    public WebhookEndpoint Record(AttemptResult result, WebhookSchedule schedule, DateTimeOffset now)
    {
        if (Log.FirstOrDefault(entry => entry.Id == result.DeliveryId) is not { InFlight: true } entry)
            return this;
        if (result.IsSuccess)
            return With(entry with { Status = DeliveryStatus.Delivered, InFlight = false, Attempts = entry.Attempts + 1 }) with { FailuresInARow = 0 };

        var attempts = entry.Attempts + 1;
        var failures = FailuresInARow + 1;
        return With(entry with
        {
            Status = attempts >= schedule.MaxAttempts ? DeliveryStatus.Failed : DeliveryStatus.Pending,
            InFlight = false,
            Attempts = attempts,
            DueAt = now + schedule.PauseAfter(attempts),
        }) with
        {
            FailuresInARow = failures,
            DisabledReason = !IsEnabled ? DisabledReason
                : result.IsGone ? "The receiver answered 410: it wants no more."
                : failures >= schedule.DisableAfter ? $"{failures} attempts in a row failed; the last: {Describe(result)}."
                : "",
        };
    }

    private static string Describe(AttemptResult result) => result.StatusCode > 0 ? $"answered {result.StatusCode}" : result.Error;

    private WebhookEndpoint With(DeliveryEntry entry) => this with { Log = [.. Log.Select(known => known.Id == entry.Id ? entry : known)] };
}

/// <summary>What is delivered, and its attempts.</summary>
/// <param name="Id">The event's id, and the <c>webhook-id</c>.</param>
/// <param name="Type">CloudEvents type.</param>
/// <param name="Body">What is sent, to the letter: it is signed.</param>
/// <param name="CreatedAt">When the event came.</param>
/// <param name="Attempts">The last ones, oldest first.</param>
/// <param name="AttemptCount">In all.</param>
public sealed record Delivery(
    string Id, string Type, string Body, DateTimeOffset CreatedAt, IReadOnlyList<DeliveryAttempt> Attempts, int AttemptCount)
{
    private const int MaxAttempts = 20;

    /// <summary>Adds an attempt.</summary>
    public Delivery Record(DeliveryAttempt attempt) =>
        this with { Attempts = [.. Attempts.TakeLast(MaxAttempts - 1), attempt], AttemptCount = AttemptCount + 1 };
}

/// <summary>An attempt in the log.</summary>
/// <param name="At">When it came back.</param>
/// <param name="LatencyMs">How long it took.</param>
/// <param name="StatusCode">Of the answer; 0 when there was none.</param>
/// <param name="Error">Why there was none.</param>
public sealed record DeliveryAttempt(DateTimeOffset At, int LatencyMs, int StatusCode, string Error);
