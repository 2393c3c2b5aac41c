using Google.Rpc;
using Grpc.Core;
using NexusCart.Sidecar.Api;

namespace NexusCart.Sidecar.PubSub;

/// <summary>The errors of the pub/sub API, with daprd's codes and words.</summary>
internal static class PubSubErrors
{
    public static DaprApiException NotFound(string pubSub) => Error(
        "ERR_PUBSUB_NOT_FOUND", "DAPR_PUBSUB_NOT_FOUND", $"pubsub {pubSub} is not found", 404, StatusCode.InvalidArgument, pubSub: null);

    public static DaprApiException NameEmpty(IReadOnlyDictionary<string, string> metadata) => Error(
        "ERR_PUBSUB_EMPTY", "DAPR_PUBSUB_NAME_EMPTY", "pubsub name is empty", 404, StatusCode.InvalidArgument, "", metadata);

    public static DaprApiException TopicEmpty(string pubSub, IReadOnlyDictionary<string, string> metadata) => Error(
        "ERR_TOPIC_NAME_EMPTY", "DAPR_PUBSUB_TOPIC_NAME_EMPTY", $"topic is empty in pubsub {pubSub}", 404,
        StatusCode.InvalidArgument, pubSub, metadata);

    public static DaprApiException RawPayload(string pubSub, string value, IReadOnlyDictionary<string, string> metadata) => Error(
        "ERR_PUBSUB_REQUEST_METADATA", "DAPR_PUBSUB_METADATA_DESERIALIZATION",
        $"failed deserializing metadata. Error: rawPayload value must be a valid boolean: actual is '{value}'", 400,
        StatusCode.InvalidArgument, pubSub, metadata);

    public static DaprApiException Forbidden(string pubSub, string topic, string appId)
    {
        var message = $"topic {topic} is not allowed for app id {appId}";
        return Error(
            "ERR_PUBSUB_FORBIDDEN", "DAPR_PUBSUB_FORBIDDEN", message, 403, StatusCode.PermissionDenied, pubSub, OfTopic(topic, message));
    }

    public static DaprApiException Publish(string pubSub, string topic, string cause) => Error(
        "ERR_PUBSUB_PUBLISH_MESSAGE", "DAPR_PUBSUB_PUBLISH_MESSAGE",
        $"error when publishing to topic {topic} in pubsub {pubSub}: {cause}", 500, StatusCode.Internal, pubSub, OfTopic(topic, cause));

    public static DaprApiException CloudEvent(string pubSub, string appId, string cause) => Error(
        "ERR_PUBSUB_CLOUD_EVENTS_SER", "DAPR_PUBSUB_CLOUD_EVENT_CREATION", "cannot create cloudevent", 500,
        StatusCode.InvalidArgument, pubSub, OfApp(appId, cause));

    public static DaprApiException BulkEnvelope(string pubSub, string topic, string appId, string cause) => Error(
        "ERR_PUBSUB_EVENTS_SER", "DAPR_PUBSUB_MARSHAL_ENVELOPE",
        $"error when marshalling cloud event envelope for topic {topic} pubsub {pubSub}: {cause}", 400, StatusCode.InvalidArgument,
        pubSub, OfApp(appId, cause));

    public static DaprApiException BulkEntry(string pubSub, string topic, string appId)
    {
        const string Cause = "entryId is duplicated or not present for entry";
        return Error(
            "ERR_PUBSUB_EVENTS_SER", "DAPR_PUBSUB_MARSHAL_EVENTS",
            $"error marshaling events to bytes for topic {topic} pubsub {pubSub}. error: {Cause}", 400, StatusCode.InvalidArgument,
            pubSub, OfApp(appId, Cause));
    }

    public static DaprApiException BulkBody(string pubSub, string topic, string appId, string cause) => Error(
        "ERR_PUBSUB_EVENTS_SER", "DAPR_PUBSUB_UNMARSHAL_EVENTS",
        $"error when unmarshaling the request for topic {topic} pubsub {pubSub}: {cause}", 400, StatusCode.InvalidArgument,
        pubSub, new Dictionary<string, string> { ["appID"] = appId });

    private static Dictionary<string, string> OfTopic(string topic, string cause) => new() { ["topic"] = topic, ["error"] = cause };

    private static Dictionary<string, string> OfApp(string appId, string cause) => new() { ["appID"] = appId, ["error"] = cause };

    private static DaprApiException Error(
        string code,
        string reason,
        string message,
        int httpStatus,
        StatusCode grpcStatus,
        string? pubSub,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        var info = new ErrorInfo { Reason = reason, Domain = "dapr.io" };
        foreach (var (name, value) in metadata ?? new Dictionary<string, string>())
            info.Metadata[name] = value;
        return new DaprApiException(code, message, httpStatus, grpcStatus)
        {
            Details = pubSub is null
                ? [info]
                : [new ResourceInfo { ResourceType = "pubsub", ResourceName = pubSub, Description = message }, info],
            DetailsOverHttp = true,
        };
    }
}
