using Google.Protobuf;
using Grpc.Core;
using NexusCart.Sidecar.Bindings;
using NexusCart.Sidecar.Hosting;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Api.Grpc;

/// <content>Bindings.</content>
public sealed partial class DaprApi
{
    private BindingService Bindings => field ??= Block<BindingService>();

    /// <summary>Invokes an output binding.</summary>
    public async Task<Rt.InvokeBindingResponse> InvokeBinding(Rt.InvokeBindingRequest request, ServerCallContext context)
    {
        var trace = TraceContext.Of(context.GetHttpContext());
        var metadata = new Dictionary<string, string>(request.Metadata, StringComparer.OrdinalIgnoreCase) { [TraceContext.ParentHeader] = trace.TraceParent };
        var answer = new Rt.InvokeBindingResponse();
        if (await Bindings.InvokeAsync(request.Name, new BindingRequest(request.Operation, request.Data.Memory, metadata), context.CancellationToken)
            is not { } response)
        {
            return answer;
        }

        answer.Data = UnsafeByteOperations.UnsafeWrap(response.Data);
        foreach (var (name, value) in response.Metadata)
            answer.Metadata[name] = value;
        return answer;
    }
}
