using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Invocation;
using NexusCart.Sidecar.Metrics;
using NexusCart.Sidecar.Resiliency;
using NexusCart.Sidecar.Resources;
using NexusCart.Sidecar.Tracing;

namespace NexusCart.Sidecar.Bindings;

/// <summary>
/// The listening half of the bindings building block: asks the app which bindings it takes once it is ready, starts them, and stops
/// them while it is unhealthy.
/// </summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the container.")]
internal sealed class InputBindings : IAppLifecycle, IComponentListener, IDisposable
{
    private readonly ComponentRegistry _components;
    private readonly SidecarOptions _options;
    private readonly IResiliencyPolicies _policies;
    private readonly IBindingSender _sender;
    private readonly ComponentMetrics? _metrics;
    private readonly SidecarTracing _tracing;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _changing = new(1);
    private readonly CancellationTokenSource _cut = new();
    private ImmutableList<(string Name, IAsyncDisposable Source)> _running = [];
    private ImmutableList<(ComponentSpec Spec, IInputBinding Driver)> _taken = [];
    private bool _isReady;
    private bool _active;
    private bool _stopping;

    public InputBindings(
        Hosting.Sidecar sidecar, IAppChannel app, IResiliencyPolicies policies, BindingReplies replies, ILogger<InputBindings> logger)
    {
        var options = sidecar.Options;
        (_components, _options, _policies, _logger) = (sidecar.Components, options, policies, logger);
        _metrics = sidecar.Metrics?.Components;
        _tracing = sidecar.Tracing;
        _sender = options.AppProtocol is AppProtocol.Grpc or AppProtocol.Grpcs ? new GrpcBindingSender(app, replies) : new HttpBindingSender(app);
    }

    /// <inheritdoc/>
    public async Task OnAppReadyAsync(CancellationToken cancellation)
    {
        if (_options.AppPort is null)
            return;
        _taken = [.. await TakenByAppAsync(_ => true, cancellation)];
        _isReady = true;
        await StartAllAsync(cancellation);
    }

    /// <inheritdoc/>
    public async Task OnComponentLeavingAsync(string name, CancellationToken patience)
    {
        await _changing.WaitAsync(CancellationToken.None);
        try
        {
            _taken = _taken.RemoveAll(binding => binding.Spec.Name == name);
            await StopAsync(binding => binding.Name == name, patience);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <inheritdoc/>
    public async Task OnComponentChangedAsync(string name, CancellationToken cancellation)
    {
        if (!_isReady)
            return;
        var taken = await TakenByAppAsync(spec => spec.Name == name, cancellation);
        await _changing.WaitAsync(cancellation);
        try
        {
            _taken = _taken.AddRange(taken);
            await StartMissingAsync(cancellation);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <inheritdoc/>
    public Task OnAppHealthChangedAsync(bool healthy, CancellationToken cancellation) =>
        healthy ? StartAllAsync(cancellation) : StopAllAsync(cancellation);

    /// <inheritdoc/>
    public async Task OnStoppingAsync(CancellationToken cancellation)
    {
        _stopping = true;
        await StopAllAsync(cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _changing.Dispose();
        _cut.Dispose();
    }

    private async Task<IReadOnlyList<(ComponentSpec Spec, IInputBinding Driver)>> TakenByAppAsync(
        Predicate<ComponentSpec> which, CancellationToken cancellation)
    {
        var taken = new List<(ComponentSpec, IInputBinding)>();
        foreach (var (spec, driver) in _components.OfKind<IInputBinding>().Where(binding => which(binding.Spec) && BindingDirection.AllowsInput(binding.Spec)))
        {
            if (BindingDirection.IsInput(spec) || await _sender.IsTakenAsync(spec, cancellation))
                taken.Add((spec, driver));
            else
                _logger.LogInformation("app has not subscribed to binding {Name}.", spec.Name);
        }

        return taken;
    }

    private async Task StartAllAsync(CancellationToken cancellation)
    {
        await _changing.WaitAsync(cancellation);
        try
        {
            _active = true;
            await StartMissingAsync(cancellation);
        }
        finally
        {
            _changing.Release();
        }
    }

    private async Task StartMissingAsync(CancellationToken cancellation)
    {
        if (_stopping || !_active)
            return;
        foreach (var (spec, driver) in _taken.Where(binding => !_running.Exists(running => running.Name == binding.Spec.Name)))
            _running = _running.Add((spec.Name, await driver.StartAsync((input, token) => DeliverAsync(spec, input, token), cancellation)));
    }

    private async Task StopAllAsync(CancellationToken patience)
    {
        await _changing.WaitAsync(CancellationToken.None);
        try
        {
            _active = false;
            await StopAsync(_ => true, patience);
        }
        finally
        {
            _changing.Release();
        }
    }

    private async Task StopAsync(Predicate<(string Name, IAsyncDisposable Source)> which, CancellationToken patience)
    {
        var stopped = _running.FindAll(which);
        _running = _running.RemoveAll(which);
        var ends = Task.WhenAll(stopped.Select(binding => binding.Source.DisposeAsync().AsTask()));
        try
        {
            await ends.WaitAsync(patience);
        }
        catch (OperationCanceledException) when (_stopping)
        {
            await _cut.CancelAsync();
        }
    }

    private Leg Begin(ComponentSpec spec)
    {
        if (!_tracing.Exports)
            return default;
        var leg = _tracing.Start("bindings/" + spec.Name, ActivityKind.Client, parent: null, state: null);
        if (leg.Span is { } span)
            ApiSpans.DescribeBinding(span, spec.Name);
        return leg;
    }

    private async Task<ReadOnlyMemory<byte>> DeliverAsync(ComponentSpec spec, BindingEvent input, CancellationToken cancellation)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _cut.Token);
        var meter = _metrics?.InputBinding(spec.Name).Begin();
        var success = false;
        try
        {
            using var leg = Begin(spec);
            var reply = await _sender.SendAsync(spec, input, leg.Span is null ? null : leg.Trace, _policies.Inbound(spec.Name, ComponentKind.Binding), linked.Token);
            success = true;
            return reply;
        }
        catch (Exception e) when (!linked.IsCancellationRequested)
        {
            _logger.LogError("error from app consumer for binding [{Name}]: {Error}", spec.Name, e.Message);
            throw;
        }
        finally
        {
            meter?.End(success);
        }
    }
}
