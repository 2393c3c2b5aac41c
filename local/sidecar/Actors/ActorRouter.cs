using System.Diagnostics;
using NexusCart.Sidecar.Api;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Tracing;
using Prometheus;

namespace NexusCart.Sidecar.Actors;

/// <summary>Finds an actor's host, takes its turn and calls it there.</summary>
internal sealed class ActorRouter(ActorPlacement placement, TimeProvider time)
{
    /// <summary>
    /// How long a call waits for a host of its type to come: an app that starts or restarts is waited for. As long as daprd, which
    /// however waits without end while the app is unhealthy.
    /// </summary>
    public static readonly TimeSpan HostWait = TimeSpan.FromSeconds(5);

    /// <summary>Calls a method.</summary>
    /// <exception cref="DaprApiException">There is no host, or the call failed.</exception>
    public async ValueTask<ActorReply> InvokeAsync(ActorCall call, SidecarOptions caller, CancellationToken cancellation)
    {
        var lease = await EnterAsync(call.Type, call.Id, call.ReentrancyId, cancellation);
        var host = lease.Activation.Type.Host;
        var policy = host.Policies.ActorTurn(call.Type);
        using var leg = Receive(call, host, caller);
        if (leg.Span is not null)
            call = call with { Trace = leg.Trace };
        var reply = policy.IsEmpty
            ? await RunAsync(cancellation)
            : await ActorTurnLimit.RunAsync(policy, RunAsync, lease.Leave, host.Options.Strict, cancellation);
        return ReferenceEquals(host.Options, caller) ? reply : CheckSize(reply, caller);

        async ValueTask<ActorReply> RunAsync(CancellationToken token)
        {
            try
            {
                return await host.App.InvokeAsync(lease.Activation, call, caller, lease.ReentrancyId, token);
            }
            finally
            {
                lease.Leave();
            }
        }
    }

    // Over the wire a call of an actor behind another sidecar is a call of that sidecar.
    private static Leg Receive(ActorCall call, ActorHost host, SidecarOptions caller)
    {
        if (ReferenceEquals(host.Options, caller) || !host.Tracing.Exports)
            return default;
        var leg = host.Tracing.Start($"CallActor/{call.Type}/{call.Method}", ActivityKind.Server, call.Trace.TraceParent, call.Trace.TraceState);
        if (leg.Span is { } span)
        {
            ApiSpans.DescribeCall(span, call.Method);
            span.SetTag("dapr.actor", $"{call.Type}.{call.Id}");
        }

        return leg;
    }

    /// <summary>Fires a reminder or timer.</summary>
    /// <exception cref="DaprApiException">There is no host, or the callback failed.</exception>
    public async ValueTask<CallbackOutcome> CallBackAsync(
        string type, string id, string kind, string name, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        var lease = await EnterAsync(type, id, null, cancellation);
        var host = lease.Activation.Type.Host;
        var policy = host.Policies.ActorTurn(type);
        var success = false;
        try
        {
            var outcome = policy.IsEmpty
                ? await RunAsync(cancellation)
                : await ActorTurnLimit.RunAsync(policy, RunAsync, lease.Leave, host.Options.Strict, cancellation);
            success = outcome != CallbackOutcome.AppUnreachable;
            return outcome;
        }
        finally
        {
            host.Metrics?.Fired(type, kind == "remind", success);
        }

        async ValueTask<CallbackOutcome> RunAsync(CancellationToken token)
        {
            try
            {
                return await host.App.CallBackAsync(lease.Activation, kind, name, body, token);
            }
            finally
            {
                lease.Leave();
            }
        }
    }

    private async ValueTask<Lease> EnterAsync(string type, string id, string? reentrancyId, CancellationToken cancellation)
    {
        while (true)
        {
            var route = await FindAsync(type, id, cancellation);
            var moved = route.MovedAsync(id);
            if (!moved.IsCompleted)
                await moved.WaitAsync(cancellation);
            var owner = route.OwnerOf(id)!;
            var host = owner.Find(type)!;
            var activation = host.GetOrActivate(id);
            var turnId = host.Options.Reentrant ? reentrancyId ?? Guid.NewGuid().ToString() : null;
            var turn = await EnterTurnAsync(activation, turnId, cancellation);
            if (turn is null)
            {
                // It is leaving; a new activation must not overtake the deactivation of the old one.
                await activation.Gone.WaitAsync(cancellation);
                continue;
            }

            // The hosts may have changed since the route was read, unseen by the move that looked for active actors before.
            var current = placement.Find(type);
            if (ReferenceEquals(current, route) || (ReferenceEquals(current?.OwnerOf(id), owner) && current!.MovedAsync(id).IsCompleted))
            {
                activation.Touch(time.GetUtcNow().UtcTicks);
                return new Lease(activation, turn, turnId);
            }

            activation.Turns.Leave(turn);
            if (!activation.WasCalled && activation.Turns.TryCloseIdle())
                host.Remove(activation);
        }
    }

    private static ValueTask<Turn?> EnterTurnAsync(ActorActivation activation, string? turnId, CancellationToken cancellation)
    {
        var entering = activation.Turns.EnterAsync(turnId, activation.Type.Options.MaxStackDepth, cancellation);
        return entering.IsCompleted || activation.Type.PendingCalls is not { } pending ? entering : WaitAsync(entering, pending);

        static async ValueTask<Turn?> WaitAsync(ValueTask<Turn?> entering, Gauge.Child pending)
        {
            pending.Inc();
            try
            {
                return await entering;
            }
            finally
            {
                pending.Dec();
            }
        }
    }

    private async ValueTask<ActorRoute> FindAsync(string type, string id, CancellationToken cancellation)
    {
        if (placement.Find(type) is { Hosts.IsEmpty: false } route)
            return route;
        if (ActorNames.IsReserved(type))
            throw ActorErrors.NoHost(type, id);
        return await placement.WaitAsync(type, HostWait, cancellation)
            ?? throw ActorErrors.NoHost(type, id, placement.Find(type) is null ? null : ": the app that hosts it is not there or not healthy");
    }

    // Between two sidecars an answer is a gRPC message, and limited as such.
    private static ActorReply CheckSize(ActorReply reply, SidecarOptions caller)
    {
        var size = reply.Body.Length;
        if (size <= caller.MaxBodySize)
            return reply;
        reply.Dispose();
        throw ActorErrors.Invoke(
            $"rpc error: code = ResourceExhausted desc = grpc: received message larger than max ({size} vs. {caller.MaxBodySize})");
    }

    /// <summary>A turn that is held.</summary>
    private readonly record struct Lease(ActorActivation Activation, Turn Turn, string? ReentrancyId)
    {
        public void Leave() => Activation.Turns.Leave(Turn);
    }
}
