using NexusCart.Sidecar.Api;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Resiliency;

namespace NexusCart.Sidecar.Bindings;

/// <summary>The invoking half of the bindings building block: components by name, the outbound policy, errors in daprd's words.</summary>
public sealed class BindingService(Hosting.Sidecar sidecar, ComponentRegistry components, IResiliencyPolicies policies)
{
    /// <summary>Invokes an output binding; null when it has nothing to answer.</summary>
    /// <exception cref="DaprApiException">There is no such binding or operation, or it failed.</exception>
    public async Task<BindingResponse?> InvokeAsync(string name, BindingRequest request, CancellationToken cancellation)
    {
        if (request.Operation.Length == 0)
            throw BindingErrors.OperationMissing(name);
        if (!components.TryGet<IOutputBinding>(name, out var binding, out var spec) || !BindingDirection.AllowsOutput(spec))
            throw BindingErrors.NotFound(name);
        if (!binding.Operations.Contains(request.Operation))
            throw BindingErrors.Unsupported(name, request.Operation, binding.Operations);
        var meter = sidecar.Metrics?.Components.OutputBinding(name, request.Operation).Begin();
        var success = false;
        try
        {
            var response = await policies.Outbound(name, ComponentKind.Binding).RunAsync(
                async token => await binding.InvokeAsync(request, token), cancellation);
            success = true;
            return response;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            throw BindingErrors.Invoke(name, e);
        }
        finally
        {
            meter?.End(success);
        }
    }
}
