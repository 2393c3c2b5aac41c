using System.Threading.Channels;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.PubSub.Subscriptions;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Hosting.Reload;

/// <summary>
/// Follows changes of the resource files while the sidecar runs: components and declared subscriptions. A new component is up before
/// the former one is given up; when it does not come up, or its file cannot be read, the former one stays in force.
/// </summary>
internal sealed class HotReload : IAsyncDisposable
{
    /// <summary>Name of the feature that turns it off.</summary>
    public const string Feature = "HotReload";

    /// <summary>Quiet time after a change: an editor writes a file in several steps.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(200);

    /// <summary>Files are compared this often in any case: file systems lose events. As often as daprd.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(60);

    private const string ActorStoreSetting = "actorStateStore";

    private readonly Sidecar _sidecar;
    private readonly ComponentLoader _loader;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly IReadOnlyList<IComponentListener> _listeners;
    private readonly SubscriptionManager _subscriptions;
    private readonly IReadOnlyList<FolderWatch> _watches;
    private readonly ITimer _quiet;
    private readonly ITimer _period;
    private readonly Channel<bool> _asked = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _reloading = new(1);
    private readonly List<Task> _leaving = [];
    private readonly Task _loop;
    private SidecarResources _inForce;
    private string _lastFault = "";

    /// <param name="sidecar">The sidecar; its services are there.</param>
    /// <param name="loader">Makes its components.</param>
    /// <param name="logger">Where changes are reported.</param>
    public HotReload(Sidecar sidecar, ComponentLoader loader, ILogger logger)
    {
        (_sidecar, _loader, _logger, _time) = (sidecar, loader, logger, sidecar.Cluster.Time);
        _inForce = sidecar.Resources;
        _listeners = [.. sidecar.Services.GetServices<IComponentListener>()];
        _subscriptions = sidecar.Services.GetRequiredService<SubscriptionManager>();
        _quiet = _time.CreateTimer(_ => Ask(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _period = _time.CreateTimer(_ => Ask(), null, Period, Period);
        _watches = [.. sidecar.Options.ResourcePaths.Distinct(StringComparer.Ordinal).Select(folder => FolderWatch.Of(sidecar.Cluster, folder))];
        foreach (var watch in _watches)
            watch.Changed += OnChanged;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Brings what is in force up to what the files say now; returns when it is.</summary>
    public async Task ReloadAsync()
    {
        await _reloading.WaitAsync(_stopping.Token);
        try
        {
            await ReloadOnceAsync(_stopping.Token);
        }
        finally
        {
            _reloading.Release();
        }
    }

    /// <summary>Follows no more changes, and closes what was given up.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var watch in _watches)
            watch.Changed -= OnChanged;
        await _quiet.DisposeAsync();
        await _period.DisposeAsync();
        await _stopping.CancelAsync();
        _asked.Writer.TryComplete();
        await _loop;
        await Task.WhenAll(_leaving);
        _reloading.Dispose();
        _stopping.Dispose();
    }

    private void OnChanged()
    {
        try
        {
            _quiet.Change(Quiet, Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // An event that was under way when the sidecar stopped.
        }
    }

    private void Ask() => _asked.Writer.TryWrite(true);

    private async Task RunAsync()
    {
        try
        {
            while (await _asked.Reader.WaitToReadAsync(_stopping.Token))
            {
                _asked.Reader.TryRead(out _);
                await TryReloadAsync();
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The sidecar stops.
        }
    }

    private async Task TryReloadAsync()
    {
        try
        {
            await ReloadAsync();
        }
        catch (Exception e) when (!_stopping.IsCancellationRequested)
        {
            // The next change must be seen, whatever this one ran into.
            _logger.LogError(e, "the resource files could not be followed");
        }
    }

    private async Task ReloadOnceAsync(CancellationToken cancellation)
    {
        if (Read() is not { } next)
            return;
        var components = await ApplyAsync(next.Components, cancellation);
        if (!next.Subscriptions.SequenceEqual(_inForce.Subscriptions, SameSubscription.Instance))
        {
            _logger.LogInformation("subscriptions reloaded: {Count} declared", next.Subscriptions.Count);
            await _subscriptions.DeclareAsync(next.Subscriptions, cancellation);
        }

        _inForce = next with { Components = components };
        _leaving.RemoveAll(leaving => leaving.IsCompleted);
    }

    private SidecarResources? Read()
    {
        try
        {
            var read = ResourceLoader.Load(_sidecar.Options);
            Report(string.Join("; ", read.Warnings));
            if (!read.ReadOnce.OrderBy(file => file.Key, StringComparer.Ordinal).SequenceEqual(_inForce.ReadOnce.OrderBy(file => file.Key, StringComparer.Ordinal)))
                _logger.LogWarning("changes of Resiliency and HTTPEndpoint take a restart");
            return ResourceDiff.Keep(_inForce, read);
        }
        catch (Exception e) when (e is ResourceException or IOException or UnauthorizedAccessException)
        {
            Report(e.Message);
            return null;
        }
    }

    // Once, not with every look at the files.
    private void Report(string fault)
    {
        if (fault.Length > 0 && fault != _lastFault)
            _logger.LogError("what was loaded stays in force: {Error}", fault);
        _lastFault = fault;
    }

    /// <summary>Replaces, adds and removes components; what is in force afterwards.</summary>
    private async Task<IReadOnlyList<ComponentManifest>> ApplyAsync(IReadOnlyList<ComponentManifest> wanted, CancellationToken cancellation)
    {
        var inForce = _inForce.Components.ToDictionary(manifest => manifest.Name, StringComparer.Ordinal);
        var names = wanted.Select(manifest => manifest.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in _inForce.Components.Where(manifest => !names.Contains(manifest.Name)).Reverse())
        {
            if (!MayChange(gone, null))
                continue;
            await RemoveAsync(gone, cancellation);
            inForce.Remove(gone.Name);
        }

        foreach (var manifest in ComponentLoader.InLoadingOrder(wanted))
        {
            var former = inForce.GetValueOrDefault(manifest.Name);
            if (former is not null && ResourceDiff.AreSame(former, manifest))
                inForce[manifest.Name] = manifest;
            else if (MayChange(manifest, former) && await ReplaceAsync(manifest, former, cancellation))
                inForce[manifest.Name] = manifest;
        }

        return [.. inForce.Values];
    }

    // Actors and workflows hold what they have read from it.
    private bool MayChange(ComponentManifest manifest, ComponentManifest? former)
    {
        if (!IsActorStore(manifest) && (former is null || !IsActorStore(former)))
            return true;
        _logger.LogError(
            "Aborting to hot-reload a state store component that is used as an actor state store: {Name} ({Type}/{Version}); it takes a restart",
            manifest.Name, manifest.Type, manifest.Version);
        return false;
    }

    private static bool IsActorStore(ComponentManifest manifest) =>
        manifest.Type.StartsWith("state.", StringComparison.Ordinal)
        && manifest.Items.Any(item => item.Name.Equals(ActorStoreSetting, StringComparison.OrdinalIgnoreCase));

    private async Task<bool> ReplaceAsync(ComponentManifest manifest, ComponentManifest? former, CancellationToken cancellation)
    {
        LoadedComponent? component;
        try
        {
            component = await _loader.CreateAsync(manifest, _sidecar.Components, cancellation);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            _logger.LogError(
                "component {Name} is not reloaded{Consequence}: {Error}",
                manifest.Name, former is null ? "" : ", the former one stays in force", e.Message);
            return false;
        }

        if (component is null)
            return false;
        await LeaveAsync(manifest.Name);
        Retire(_sidecar.Components.Replace(component));
        await TellAsync(manifest.Name, cancellation);
        _logger.LogInformation("component {Name} ({Type}/{Version}) is {Change}", manifest.Name, manifest.Type, manifest.Version, former is null ? "new" : "replaced");
        return true;
    }

    private async Task RemoveAsync(ComponentManifest manifest, CancellationToken cancellation)
    {
        await LeaveAsync(manifest.Name);
        Retire(_sidecar.Components.Remove(manifest.Name));
        await TellAsync(manifest.Name, cancellation);
        _logger.LogInformation("component {Name} ({Type}/{Version}) is removed", manifest.Name, manifest.Type, manifest.Version);
    }

    private async Task LeaveAsync(string name)
    {
        using var patience = new CancellationTokenSource(_sidecar.Options.GracefulShutdown, _time);
        foreach (var listener in _listeners)
            await GuardAsync(() => listener.OnComponentLeavingAsync(name, patience.Token));
    }

    private async Task TellAsync(string name, CancellationToken cancellation)
    {
        foreach (var listener in _listeners)
            await GuardAsync(() => listener.OnComponentChangedAsync(name, cancellation));
    }

    private async Task GuardAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (Exception e) when (!_stopping.IsCancellationRequested)
        {
            // One building block must not keep the others from following.
            _logger.LogError(e, "a building block did not follow a reloaded component");
        }
    }

    /// <summary>Closes a component nobody finds any more, after the time that calls under way have at a stop as well.</summary>
    private void Retire(LoadedComponent? former)
    {
        if (former is not null)
            _leaving.Add(CloseAsync(former));
    }

    private async Task CloseAsync(LoadedComponent former)
    {
        try
        {
            await Task.Delay(_sidecar.Options.GracefulShutdown, _time, _stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // The sidecar stops: by now nothing is under way any more.
        }

        try
        {
            await former.Driver.DisposeAsync();
        }
        catch (Exception e)
        {
            _logger.LogError(e, "component {Name} did not close cleanly", former.Spec.Name);
        }
    }

    private sealed class SameSubscription : IEqualityComparer<SubscriptionSpec>
    {
        public static readonly SameSubscription Instance = new();

        public bool Equals(SubscriptionSpec? x, SubscriptionSpec? y) => x is not null && y is not null && ResourceDiff.AreSame(x, y);

        public int GetHashCode(SubscriptionSpec obj) => HashCode.Combine(obj.PubSubName, obj.Topic);
    }
}
