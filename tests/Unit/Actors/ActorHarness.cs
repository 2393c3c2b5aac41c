using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Dapr.Actors;
using Dapr.Actors.Runtime;
using NexusCart.Platform.Actors;

namespace NexusCart.Tests.Unit.Actors;

/// <summary>Activates actors over in-memory state, as the runtime would over a store; a second activation sees what was saved.</summary>
public sealed class ActorHarness<TActor>(Func<ActorHost, TActor> create, string actorId, params IJsonTypeInfoResolver[] contexts)
    where TActor : Actor
{
    public ActorStore Store { get; } = new();

    public RecordingTimers Timers { get; } = new();

    /// <summary>State of the last activated actor.</summary>
    public InMemoryStateManager State { get; private set; } = null!;

    /// <summary>A fresh activation: empty memory, the same store.</summary>
    public TActor Activate()
    {
        var json = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        ActorJson.Configure(json, contexts);
        var host = ActorHost.CreateForTest<TActor>(new ActorTestOptions
        {
            ActorId = new ActorId(actorId),
            TimerManager = Timers,
            JsonSerializerOptions = json,
        });
        var actor = create(host);
        State = new InMemoryStateManager(Store, json);
        // The SDK leaves the setter to derived classes; sealed actors have none.
        typeof(Actor).GetProperty(nameof(Actor.StateManager))!.SetValue(actor, State);
        return actor;
    }
}

/// <summary>Remembers reminders.</summary>
public sealed class RecordingTimers : ActorTimerManager
{
    public Dictionary<string, ActorReminder> Reminders { get; } = [];

    public int Registrations { get; private set; }

    public override Task RegisterReminderAsync(ActorReminder reminder)
    {
        Registrations++;
        Reminders[reminder.Name] = reminder;
        return Task.CompletedTask;
    }

    public override Task<IActorReminder> GetReminderAsync(ActorReminderToken reminder) =>
        Task.FromResult<IActorReminder>(Reminders[reminder.Name]);

    public override Task UnregisterReminderAsync(ActorReminderToken reminder)
    {
        Reminders.Remove(reminder.Name);
        return Task.CompletedTask;
    }

    public override Task RegisterTimerAsync(ActorTimer timer) => Task.CompletedTask;

    public override Task UnregisterTimerAsync(ActorTimerToken timer) => Task.CompletedTask;
}

/// <summary>Collects what was published; can be told to fail.</summary>
public sealed class RecordingPublisher : IPendingEventPublisher
{
    private readonly List<PendingEvent> _published = [];

    public bool Broken { get; set; }

    /// <summary>A key whose events are refused.</summary>
    public string? Poison { get; set; }

    public int Attempts { get; private set; }

    public IReadOnlyList<PendingEvent> Published
    {
        get
        {
            lock (_published)
                return [.. _published];
        }
    }

    public IEnumerable<string> Ids => Published.Select(pending => pending.Id);

    public Task PublishAsync(PendingEvent pending, CancellationToken cancellationToken)
    {
        lock (_published)
            Attempts++;
        if (Broken || pending.Key == Poison)
            return Task.FromException(new InvalidOperationException("The broker is away."));
        lock (_published)
            _published.Add(pending);
        return Task.CompletedTask;
    }
}
