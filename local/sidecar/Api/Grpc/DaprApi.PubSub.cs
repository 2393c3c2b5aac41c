using Dapr.Client.Autogen.Grpc.v1;
using Grpc.Core;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.PubSub;
using NexusCart.Sidecar.PubSub.Subscriptions;
using NexusCart.Sidecar.Resources;
using Empty = Google.Protobuf.WellKnownTypes.Empty;

namespace NexusCart.Sidecar.Api.Grpc;

/// <summary>The gRPC face of the pub/sub building block.</summary>
public sealed partial class DaprApi
{
    private PubSubService PubSub => field ??= Block<PubSubService>();

    private SubscriptionManager Subscriptions => field ??= Block<SubscriptionManager>();

    /// <summary>Publishes one event.</summary>
    public async Task<Empty> PublishEvent(PublishEventRequest request, ServerCallContext context)
    {
        PubSub.Require(request.PubsubName, request.Topic, request.Metadata);
        var trace = TraceContext.Of(context.GetHttpContext());
        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in request.Metadata)
            metadata[name] = value;
        if (CloudEventEnvelope.TryReadRawPayload(metadata, out var isRaw) && isRaw)
        {
            // There is no envelope to carry the trace.
            metadata["traceid"] = trace.TraceParent;
            metadata["tracestate"] = trace.TraceState ?? "";
        }

        var published = new PublishedEvent(
            request.PubsubName,
            request.Topic,
            request.Data.Memory,
            request.DataContentType,
            metadata,
            trace.TraceParent,
            trace.TraceState ?? "");
        await PubSub.PublishAsync(published, context.CancellationToken);
        return new Empty();
    }

    /// <summary>Publishes entries together; also serves the earlier stage of the call.</summary>
    public async Task<BulkPublishResponse> BulkPublishEvent(BulkPublishRequest request, ServerCallContext context)
    {
        PubSub.Require(request.PubsubName, request.Topic, request.Metadata);
        PubSubService.CheckRawPayload(request.PubsubName, request.Metadata);
        var trace = TraceContext.Of(context.GetHttpContext());
        var entries = request.Entries.Select(entry =>
        {
            var step = TraceContext.Continue(trace.TraceParent, trace.TraceState);
            var metadata = BulkMetadata.Of(request.Metadata, entry.Metadata.Count > 0 ? entry.Metadata : null);
            var published = new PublishedEvent(
                request.PubsubName,
                request.Topic,
                entry.Event.Memory,
                entry.ContentType,
                metadata,
                step.TraceParent,
                step.TraceState ?? "");
            return new BulkEntry(entry.EntryId, published);
        }).ToArray();
        var failures = await PubSub.PublishBulkAsync(
            request.PubsubName, request.Topic, entries, request.Metadata, context.CancellationToken);
        var response = new BulkPublishResponse();
        foreach (var (entryId, error) in failures)
            response.FailedEntries.Add(new BulkPublishResponseFailedEntry { EntryId = entryId, Error = error });
        return response;
    }

    /// <summary>Subscribes for as long as the stream is open.</summary>
    public async Task SubscribeTopicEventsAlpha1(
        IAsyncStreamReader<SubscribeTopicEventsRequestAlpha1> requests,
        IServerStreamWriter<SubscribeTopicEventsResponseAlpha1> responses,
        ServerCallContext context)
    {
        var initial = await requests.MoveNext(context.CancellationToken) ? requests.Current.InitialRequest : null;
        var spec = Read(initial);
        using var sender = new StreamEventSender(responses, Block<ILogger<StreamEventSender>>());
        await OpenAsync(spec, sender, context.CancellationToken);
        try
        {
            await sender.ConfirmAsync(context.CancellationToken);
            var receiving = ReceiveAsync(requests, sender, context.CancellationToken);
            if (await Task.WhenAny(receiving, sender.Closed) != receiving)
                throw Unknown("stream closed");
            await receiving;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The app closed or reset the stream: that is how it unsubscribes.
        }
        finally
        {
            await Subscriptions.CloseStreamAsync(sender);
        }
    }

    private async Task OpenAsync(SubscriptionSpec spec, StreamEventSender sender, CancellationToken cancellation)
    {
        try
        {
            await Subscriptions.OpenStreamAsync(spec, sender, cancellation);
        }
        catch (SubscriptionException e)
        {
            throw Unknown(e.Message);
        }
    }

    private static async Task ReceiveAsync(
        IAsyncStreamReader<SubscribeTopicEventsRequestAlpha1> requests, StreamEventSender sender, CancellationToken cancellation)
    {
        while (await requests.MoveNext(cancellation))
        {
            if (requests.Current.EventProcessed is not { } processed)
                throw Unknown("duplicate initial request received");
            sender.Processed(processed);
        }
    }

    private static SubscriptionSpec Read(SubscribeTopicEventsRequestInitialAlpha1? initial)
    {
        if (initial is null)
            throw Unknown("initial request is required");
        if (initial.PubsubName.Length == 0)
            throw Unknown("pubsubName is required");
        if (initial.Topic.Length == 0)
            throw Unknown("topic is required");
        return new SubscriptionSpec
        {
            PubSubName = initial.PubsubName,
            Topic = initial.Topic,
            Metadata = new Dictionary<string, string>(initial.Metadata),
            DeadLetterTopic = initial.DeadLetterTopic is { Length: > 0 } topic ? topic : null,
            Routes = new SubscriptionRoutes([], "/"),
        };
    }

    private static RpcException Unknown(string message) => new(new Status(StatusCode.Unknown, message));
}
