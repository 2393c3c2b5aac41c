using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Metadata;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Api.Grpc;

/// <content>Metadata and shutdown.</content>
public sealed partial class DaprApi
{
    private const string ForceHeader = "dapr-force-shutdown";

    /// <summary>What the sidecar is and has.</summary>
    public Task<Rt.GetMetadataResponse> GetMetadata(Rt.GetMetadataRequest request, ServerCallContext context) =>
        Task.FromResult(Block<MetadataService>().Get());

    /// <summary>Leaves a pair with the sidecar.</summary>
    public Task<Empty> SetMetadata(Rt.SetMetadataRequest request, ServerCallContext context)
    {
        Block<MetadataService>().Set(request.Key, request.Value);
        return Task.FromResult(new Empty());
    }

    /// <summary>Asks the sidecar to stop.</summary>
    public Task<Empty> Shutdown(Rt.ShutdownRequest request, ServerCallContext context)
    {
        var force = bool.TryParse(context.RequestHeaders.GetValue(ForceHeader), out var flag) && flag;
        var status = Block<SidecarStatus>();
        context.GetHttpContext().Response.OnCompleted(() =>
        {
            status.RequestShutdown(force);
            return Task.CompletedTask;
        });
        return Task.FromResult(new Empty());
    }
}
