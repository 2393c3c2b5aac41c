using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace NexusCart.Platform.Hosting;

/// <summary>Refuses to run a service that has an RPC which does not say who may call it.</summary>
internal sealed class EndpointAudit(IServiceProvider services) : IHostedLifecycleService
{
    /// <summary>Runs once every endpoint is mapped; an exception here stops the start.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        var open = Unprotected(services.GetRequiredService<EndpointDataSource>().Endpoints).Distinct().ToList();
        return open.Count == 0 ? Task.CompletedTask : throw new InvalidOperationException(
            $"These RPCs do not say who may call them: {string.Join(", ", open)}. "
            + "Put [Authorize(Policies.…)] or [AllowAnonymous] on each.");
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static IEnumerable<string> Unprotected(IEnumerable<Endpoint> endpoints) =>
        from endpoint in endpoints
        let rpc = endpoint.Metadata.GetMetadata<GrpcMethodMetadata>()
        where rpc is not null
            && endpoint.Metadata.GetMetadata<IAuthorizeData>() is null
            && endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null
        select rpc.Method.FullName;
}
