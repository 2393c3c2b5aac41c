using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Scheduling;

namespace NexusCart.Sidecar.Actors;

/// <summary>
/// What the sidecars of one namespace share about actors: where they live, their timers and reminders. Takes the place of Dapr's
/// placement and scheduler services for one process.
/// </summary>
internal sealed class ActorCluster : IAsyncDisposable
{
    private ActorCluster(LocalCluster cluster, string @namespace)
    {
        var logger = cluster.Loggers.CreateLogger("actors");
        Placement = new ActorPlacement(cluster.Time, logger);
        Router = new ActorRouter(Placement, cluster.Time);
        Timers = new ActorTimers(Router, cluster.Time, logger);
        Reminders = new ActorReminders(DurableScheduler.Shared(cluster), cluster.Time, @namespace);
        Placement.Settled += OnSettled;
    }

    /// <summary>Which host has which actor.</summary>
    public ActorPlacement Placement { get; }

    /// <summary>Calls actors wherever they are.</summary>
    public ActorRouter Router { get; }

    /// <summary>The timers.</summary>
    public ActorTimers Timers { get; }

    /// <summary>The reminders.</summary>
    public ActorReminders Reminders { get; }

    /// <summary>The one of a namespace.</summary>
    public static ActorCluster Of(LocalCluster cluster, string @namespace) =>
        cluster.Shared("actors||" + @namespace, c => new ActorCluster(c, @namespace));

    public async ValueTask DisposeAsync()
    {
        Placement.Settled -= OnSettled;
        await Timers.DisposeAsync();
        Placement.Dispose();
    }

    private void OnSettled(string type, bool hosted)
    {
        if (hosted)
        {
            Reminders.Attach(type, Router, Placement);
            return;
        }

        Reminders.Detach(type);
        Timers.DeleteAll(type);
    }
}
