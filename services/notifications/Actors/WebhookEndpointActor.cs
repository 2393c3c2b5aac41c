using Dapr.Actors.Runtime;
using NexusCart.Notifications.Domain;
using NexusCart.Notifications.Webhooks;
using NexusCart.Platform.Actors;

namespace NexusCart.Notifications.Actors;

/// <summary>
/// One endpoint: loads, lets <see cref="WebhookEndpoint"/> decide, saves, and starts the attempts that are due. An attempt runs outside
/// the actor's turn and comes back as a call. While anything is pending a reminder looks at the clock, so that pauses end and attempts
/// lost with their process are made again; another one lets go what the log no longer keeps. State keys: <c>endpoint</c>, and <c>d:{id}</c>
/// for what each delivery sends.
/// </summary>
public sealed class WebhookEndpointActor(ActorHost host, NotificationsOptions options, IWebhookSender sender, TimeProvider time)
    : Actor(host), IWebhookEndpointActor, IRemindable
{
    private const string StateKey = "endpoint";
    private const string DeliverReminder = "deliver";
    private const string TrimReminder = "trim";
    private static readonly TimeSpan TrimInterval = TimeSpan.FromHours(1);
    private bool _hasReminder;
    private bool _hasTrimReminder;

    /// <inheritdoc/>
    public async Task<EndpointAnswer> PutAsync(PutEndpoint request)
    {
        var known = await LoadAsync();
        var next = WebhookEndpoint.Put(known, request.Url, request.EventTypes, request.Description, request.Secret, Now);
        await AdvanceAsync(known, next);
        return Answer(next);
    }

    /// <inheritdoc/>
    public async Task<EndpointAnswer> ReadAsync() => Answer(await LoadAsync());

    /// <inheritdoc/>
    public async Task<EndpointAnswer> RotateAsync(RotateSecret request)
    {
        if (await LoadAsync() is not { } known)
            return Answer(null);
        var next = known.Rotate(request.Key, request.Secret, request.Overlap, Now);
        await AdvanceAsync(known, next);
        return Answer(next);
    }

    /// <inheritdoc/>
    public async Task RemoveAsync()
    {
        if (await LoadAsync() is { } known)
        {
            await StateManager.CommitAsync(async () =>
            {
                foreach (var entry in known.Log)
                    await StateManager.TryRemoveStateAsync(DeliveryKey(entry.Id));
                await StateManager.RemoveStateAsync(StateKey);
            });
        }

        await UnregisterReminderAsync(DeliverReminder);
        await UnregisterReminderAsync(TrimReminder);
        _hasReminder = _hasTrimReminder = false;
    }

    /// <inheritdoc/>
    public async Task EnqueueAsync(Delivery delivery)
    {
        if (await LoadAsync() is not { } known)
            return;
        var next = known.Enqueue(delivery.Id, Now, out var dropped, options.WebhookMaxLog);
        if (ReferenceEquals(next, known))
            return;
        await AdvanceAsync(known, next, async () =>
        {
            await StateManager.SetStateAsync(DeliveryKey(delivery.Id), delivery with { Body = Redaction.Forget(delivery.Body, known.Forgotten) });
            if (dropped.Length > 0)
                await StateManager.TryRemoveStateAsync(DeliveryKey(dropped));
        });
    }

    /// <inheritdoc/>
    public async Task RecordAsync(AttemptResult result)
    {
        if (await LoadAsync() is not { } known)
            return;
        var next = known.Record(result, options.Schedule, Now);
        if (ReferenceEquals(next, known))
            return;
        await AdvanceAsync(known, next, async () =>
        {
            if (await LoadDeliveryAsync(result.DeliveryId) is { } delivery)
            {
                await StateManager.SetStateAsync(
                    DeliveryKey(delivery.Id),
                    delivery.Record(new DeliveryAttempt(Now, result.LatencyMs, result.StatusCode, result.Error)));
            }
        });
    }

    /// <inheritdoc/>
    public async Task<DeliveryPage> ReplayAsync(ReplayDelivery request)
    {
        if (await LoadAsync() is not { } known || known.Replay(request.DeliveryId, request.Key, Now) is not { } next)
            return new DeliveryPage(null, false);
        await AdvanceAsync(known, next);
        return new DeliveryPage([await ViewAsync(next.Log.Single(entry => entry.Id == request.DeliveryId))], false);
    }

    /// <inheritdoc/>
    public async Task ForgetAsync(Whom about)
    {
        if (await LoadAsync() is not { } known)
            return;
        await StateManager.CommitAsync(async () =>
        {
            await StateManager.SetStateAsync(StateKey, known.Forget(about));
            foreach (var entry in known.Log)
            {
                if (await LoadDeliveryAsync(entry.Id) is { } delivery && Redaction.Forget(delivery.Body, about) is var body && !ReferenceEquals(body, delivery.Body))
                    await StateManager.SetStateAsync(DeliveryKey(entry.Id), delivery with { Body = body });
            }
        });
    }

    /// <inheritdoc/>
    public async Task<DeliveryPage> ReadDeliveriesAsync(DeliveryQuery query)
    {
        if (await LoadAsync() is not { } endpoint)
            return new DeliveryPage(null, false);
        var matching = endpoint.Log.Reverse().Where(entry => query.Status is null || entry.Status == query.Status).Skip(query.Skip).ToList();
        var views = new List<DeliveryView>();
        foreach (var entry in matching.Take(query.Limit))
            views.Add(await ViewAsync(entry));
        return new DeliveryPage(views, matching.Count > query.Limit);
    }

    /// <inheritdoc/>
    public async Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period)
    {
        var isTrim = reminderName == TrimReminder;
        if (isTrim)
            _hasTrimReminder = true;
        else
            _hasReminder = true;
        if (await LoadAsync() is { } known && (isTrim ? known.Log.Count > 0 : known.HasWork))
        {
            await AdvanceAsync(known, known);
            return;
        }

        await UnregisterReminderAsync(reminderName);
        if (isTrim)
            _hasTrimReminder = false;
        else
            _hasReminder = false;
    }

    private DateTimeOffset Now => time.GetUtcNow();

    private Task<WebhookEndpoint?> LoadAsync() => StateManager.FindAsync<WebhookEndpoint>(StateKey);

    private Task<Delivery?> LoadDeliveryAsync(string id) => StateManager.FindAsync<Delivery>(DeliveryKey(id));

    /// <summary>Lets go what is too old, takes what is due along, saves what changed, and then starts the attempts.</summary>
    private async Task AdvanceAsync(WebhookEndpoint? known, WebhookEndpoint next, Func<Task>? more = null)
    {
        next = next.Trim(options.WebhookRetention, Now, out var old).TakeDue(Now, out var due);
        if (next.HasWork && !_hasReminder)
        {
            await RegisterReminderAsync(DeliverReminder, [], options.WebhookTick, options.WebhookTick);
            _hasReminder = true;
        }

        if (next.Log.Count > 0 && !_hasTrimReminder)
        {
            await RegisterReminderAsync(TrimReminder, [], TrimInterval, TrimInterval);
            _hasTrimReminder = true;
        }

        if (!ReferenceEquals(next, known))
        {
            await StateManager.CommitAsync(async () =>
            {
                await StateManager.SetStateAsync(StateKey, next);
                await (more?.Invoke() ?? Task.CompletedTask);
                foreach (var id in old)
                    await StateManager.TryRemoveStateAsync(DeliveryKey(id));
            });
        }

        foreach (var id in due)
        {
            if (await LoadDeliveryAsync(id) is { } delivery)
                sender.Start(new WebhookAttempt(Id.GetId(), next.Url, [.. next.SecretsAt(Now)], delivery.Id, delivery.Body));
        }
    }

    private async Task<DeliveryView> ViewAsync(DeliveryEntry entry) => new(
        entry, (await LoadDeliveryAsync(entry.Id) ?? new Delivery(entry.Id, "", "", default, [], 0)) with { Body = "" });

    private static EndpointAnswer Answer(WebhookEndpoint? endpoint) => new(endpoint is null ? null : endpoint with { Log = [] });

    private static string DeliveryKey(string id) => "d:" + StateKeys.Escape(id);
}
