using Dapr.AppCallback.Autogen.Grpc.v1;
using Grpc.Core;
using NexusCart.Sidecar.Api.Grpc;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Invocation;
using NexusCart.Sidecar.Tracing;
using Headers = Grpc.Core.Metadata;
using Status = Dapr.AppCallback.Autogen.Grpc.v1.TopicEventResponse.Types.TopicEventResponseStatus;

namespace NexusCart.Sidecar.PubSub.Delivery;

/// <summary>Calls <c>OnTopicEvent</c> and <c>OnBulkTopicEvent</c> of an app that speaks gRPC.</summary>
internal sealed class GrpcEventSender(IAppChannel app, SidecarTracing tracing, ILogger logger) : IEventSender
{
    private const string Service = "dapr.proto.runtime.v1.AppCallback";

    private static readonly Method<TopicEventRequest, TopicEventResponse> OnTopicEvent =
        GrpcMethods.Unary<TopicEventRequest, TopicEventResponse>(Service, "OnTopicEvent");

    private static readonly Method<TopicEventBulkRequest, TopicEventBulkResponse> OnBulkTopicEvent =
        GrpcMethods.Unary<TopicEventBulkRequest, TopicEventBulkResponse>(Service, "OnBulkTopicEvent");

    private static readonly Method<TopicEventBulkRequest, TopicEventBulkResponse> OnBulkTopicEventAlpha =
        GrpcMethods.Unary<TopicEventBulkRequest, TopicEventBulkResponse>(Service + "Alpha", "OnBulkTopicEventAlpha1");

    public async Task<DeliveryOutcome> SendAsync(string pubSub, string path, InboundEvent inbound, CancellationToken cancellation)
    {
        using var leg = EventLeg.Of(tracing, inbound);
        try
        {
            var request = TopicEvents.Create(pubSub, path, inbound);
            var options = new CallOptions(HeadersOf(pubSub, inbound, leg?.Trace), cancellationToken: cancellation);
            var response = await app.Grpc.AsyncUnaryCall(OnTopicEvent, null, options, request);
            return Verdict(response.Status, inbound.Id, logger);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unimplemented)
        {
            logger.LogWarning("non-retriable error returned from app while processing pub/sub event {Id}: {Error}", inbound.Id, e.Status);
            return DeliveryOutcome.Success;
        }
        catch (RpcException e)
        {
            throw Failed($"error returned from app while processing pub/sub event {inbound.Id}: {e.Status}", e);
        }
    }

    public async Task<IReadOnlyDictionary<string, DeliveryOutcome>> SendBulkAsync(BulkDelivery delivery, CancellationToken cancellation)
    {
        try
        {
            var response = await CallAsync(delivery, cancellation);
            var known = delivery.Entries.Select(entry => entry.EntryId).ToHashSet(StringComparer.Ordinal);
            return response.Statuses
                .Where(status => known.Contains(status.EntryId) && status.Status is Status.Success or Status.Drop)
                .ToDictionary(
                    status => status.EntryId,
                    status => status.Status == Status.Drop ? DeliveryOutcome.Drop : DeliveryOutcome.Success);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unimplemented)
        {
            logger.LogWarning("non-retriable error returned from app while processing bulk pub/sub event: {Error}", e.Status);
            return delivery.Entries.ToDictionary(entry => entry.EntryId, _ => DeliveryOutcome.Success);
        }
        catch (RpcException e)
        {
            throw Failed($"error returned from app while processing bulk pub/sub event: {e.Status}", e);
        }
    }

    /// <summary>What an app's status means.</summary>
    /// <exception cref="DeliveryFailedException">Once more.</exception>
    internal static DeliveryOutcome Verdict(Status status, string id, ILogger logger)
    {
        switch (status)
        {
            case Status.Success:
                return DeliveryOutcome.Success;
            case Status.Drop:
                logger.LogWarning("DROP status returned from app while processing pub/sub event {Id}", id);
                return DeliveryOutcome.Drop;
            case Status.Retry:
                throw new DeliveryFailedException($"RETRY status returned from app while processing pub/sub event {id}");
            default:
                throw new DeliveryFailedException($"unknown status returned from app while processing pub/sub event {id}, status: {status}");
        }
    }

    private async Task<TopicEventBulkResponse> CallAsync(BulkDelivery delivery, CancellationToken cancellation)
    {
        var request = TopicEvents.Create(delivery);
        var options = new CallOptions(new Headers { { "pubsubname", delivery.PubSub } }, cancellationToken: cancellation);
        try
        {
            return await app.Grpc.AsyncUnaryCall(OnBulkTopicEvent, null, options, request);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unimplemented)
        {
            return await app.Grpc.AsyncUnaryCall(OnBulkTopicEventAlpha, null, options, request);
        }
    }

    private static Headers HeadersOf(string pubSub, InboundEvent inbound, TraceContext? trace)
    {
        var headers = new Headers();
        foreach (var (name, value) in inbound.Message.Metadata)
        {
            if (name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && !name.EndsWith("-bin", StringComparison.OrdinalIgnoreCase))
                headers.Add(name, value);
        }

        headers.Add("pubsubname", pubSub);
        if (trace is not null)
        {
            headers.Add(TraceContext.ParentHeader, trace.TraceParent);
            if (trace.TraceState is not null)
                headers.Add(TraceContext.StateHeader, trace.TraceState);
        }

        return headers;
    }

    private static DeliveryFailedException Failed(string message, RpcException cause) =>
        new(message, cause) { GrpcStatusCode = (int)cause.StatusCode };
}
