using Dapr.AppCallback.Autogen.Grpc.v1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using NexusCart.Sidecar.Api.Grpc;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Invocation;
using NexusCart.Sidecar.Resiliency;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Bindings;

/// <summary>Calls <c>OnBindingEvent</c> of an app that speaks gRPC, for the bindings its <c>ListInputBindings</c> names.</summary>
internal sealed class GrpcBindingSender(IAppChannel app, BindingReplies replies) : IBindingSender
{
    private const string Service = "dapr.proto.runtime.v1.AppCallback";

    private static readonly Method<Empty, ListInputBindingsResponse> ListInputBindings =
        GrpcMethods.Unary<Empty, ListInputBindingsResponse>(Service, "ListInputBindings");

    private static readonly Method<BindingEventRequest, BindingEventResponse> OnBindingEvent =
        GrpcMethods.Unary<BindingEventRequest, BindingEventResponse>(Service, "OnBindingEvent");

    private IReadOnlyCollection<string>? _taken;

    public async Task<bool> IsTakenAsync(ComponentSpec binding, CancellationToken cancellation)
    {
        _taken ??= await AskAsync(cancellation);
        return _taken.Contains(binding.Name);
    }

    public async Task<ReadOnlyMemory<byte>> SendAsync(
        ComponentSpec binding, BindingEvent input, TraceContext? trace, ResiliencyPolicy policy, CancellationToken cancellation)
    {
        var request = new BindingEventRequest { Name = binding.Name, Data = UnsafeByteOperations.UnsafeWrap(input.Data) };
        foreach (var (name, value) in input.Metadata)
            request.Metadata[name] = value;
        var response = await policy.RunAsync(async token => await CallAsync(request, trace, token), cancellation);
        replies.Follow(binding.Name, response);
        return response.Data.Memory;
    }

    private async Task<BindingEventResponse> CallAsync(BindingEventRequest request, TraceContext? trace, CancellationToken cancellation)
    {
        var headers = trace is null ? null : new global::Grpc.Core.Metadata { { TraceContext.ParentHeader, trace.TraceParent } };
        try
        {
            return await app.Grpc.AsyncUnaryCall(OnBindingEvent, null, new CallOptions(headers, cancellationToken: cancellation), request);
        }
        catch (RpcException e)
        {
            throw new BindingDeliveryException($"error invoking app: {e.Status}", e) { GrpcStatusCode = (int)e.StatusCode };
        }
    }

    private async Task<IReadOnlyCollection<string>> AskAsync(CancellationToken cancellation)
    {
        try
        {
            var answer = await app.Grpc.AsyncUnaryCall(ListInputBindings, null, new CallOptions(cancellationToken: cancellation), new Empty());
            return answer.Bindings;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unimplemented)
        {
            return [];
        }
    }
}
