namespace NexusCart.Sidecar.Hosting;

/// <summary>
/// A building block that acts when the sidecar or its app changes state. All registered instances are called in the order of
/// registration (stop: in reverse). The order of events is daprd's.
/// </summary>
public interface IAppLifecycle
{
    /// <summary>Components are loaded and the API listens; the app may not be there yet.</summary>
    Task OnSidecarReadyAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>The app answered for the first time: ask for its configuration and subscriptions. Called once.</summary>
    Task OnAppReadyAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>The app became healthy or unhealthy after it had been ready (only with health checks on).</summary>
    Task OnAppHealthChangedAsync(bool healthy, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Deliveries to the app must end; calls under way may finish until <paramref name="cancellation"/>.</summary>
    Task OnStoppingAsync(CancellationToken cancellation) => Task.CompletedTask;
}
