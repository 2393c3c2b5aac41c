namespace NexusCart.Sidecar.Hosting;

/// <summary>What the health and shutdown routes need to know and to say.</summary>
internal sealed class SidecarStatus
{
    private readonly TaskCompletionSource<bool> _shutdown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _outboundReady;

    /// <summary>Components are up and the ports are open.</summary>
    public bool OutboundReady
    {
        get => _outboundReady;
        set => _outboundReady = value;
    }

    /// <summary>Ends when a caller asked for a stop; true when it shall be at once.</summary>
    public Task<bool> ShutdownRequested => _shutdown.Task;

    /// <summary>Asks whoever runs the sidecar to stop it.</summary>
    public void RequestShutdown(bool force) => _shutdown.TrySetResult(force);
}
