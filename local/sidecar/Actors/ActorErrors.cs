using Grpc.Core;
using NexusCart.Sidecar.Api;

namespace NexusCart.Sidecar.Actors;

/// <summary>The errors of the actor API, in one place.</summary>
internal static class ActorErrors
{
    private const int BadRequest = StatusCodes.Status400BadRequest;
    private const int Failed = StatusCodes.Status500InternalServerError;

    public static DaprApiException NoPlacement() =>
        new("ERR_ACTOR_NO_PLACEMENT", "placement service is not configured", BadRequest, StatusCode.Unavailable);

    public static DaprApiException RuntimeClosed() =>
        new("ERR_ACTOR_RUNTIME_CLOSED", "actor runtime is closed", StatusCodes.Status503ServiceUnavailable, StatusCode.Unavailable);

    public static DaprApiException NoStateStore() => new(
        "ERR_ACTOR_RUNTIME_NOT_FOUND",
        "the state store is not configured to use the actor runtime. Have you set the - name: actorStateStore value: \"true\" in your state store component file?",
        Failed,
        StatusCode.Internal);

    public static DaprApiException Reserved(string type) => new(
        "ERR_ACTOR_TYPE_RESERVED",
        $"actor type \"{type}\" is reserved for the Dapr workflow runtime; direct actor API access is not permitted",
        StatusCodes.Status403Forbidden,
        StatusCode.PermissionDenied);

    public static DaprApiException Malformed(string reason) =>
        new("ERR_MALFORMED_REQUEST", "failed deserializing HTTP body: " + reason, BadRequest, StatusCode.InvalidArgument);

    public static DaprApiException Invalid(string reason) =>
        new("ERR_BAD_REQUEST", "invalid request: " + reason, BadRequest, StatusCode.InvalidArgument);

    public static DaprApiException Invoke(string reason) =>
        new("ERR_ACTOR_INVOKE_METHOD", "error invoke actor method: " + reason, Failed, StatusCode.Internal);

    /// <summary>No healthy host; over gRPC the code of the look-up itself, as daprd answers.</summary>
    public static DaprApiException NoHost(string type, string id, string? why = null)
    {
        var reason = $"failed to lookup actor: api error: code = FailedPrecondition desc = did not find address for actor '{type}/{id}'{why}";
        return new DaprApiException("ERR_ACTOR_INVOKE_METHOD", "error invoke actor method: " + reason, Failed, StatusCode.FailedPrecondition)
        {
            GrpcMessage = reason,
        };
    }

    public static DaprApiException StackDepth() =>
        new("ERR_ACTOR_STACK_DEPTH", "maximum stack depth exceeded", Failed, StatusCode.ResourceExhausted);

    public static DaprApiException InstanceMissing() =>
        new("ERR_ACTOR_INSTANCE_MISSING", "actor instance is missing", BadRequest, StatusCode.Internal);

    public static DaprApiException StateGet(string reason) =>
        new("ERR_ACTOR_STATE_GET", "error getting actor state: " + reason, Failed, StatusCode.Internal);

    public static DaprApiException StateTransaction(string reason) =>
        new("ERR_ACTOR_STATE_TRANSACTION_SAVE", "error saving actor transaction state: " + reason, Failed, StatusCode.Internal);

    public static DaprApiException UnsupportedOperation(string operation) => new(
        "ERR_NOT_SUPPORTED_STATE_OPERATION", $"operation type {operation} not supported", Failed, StatusCode.Unimplemented);

    public static DaprApiException NotHosted() => new(
        "ERR_ACTOR_REMINDER_NON_HOSTED",
        "operations on actor reminders are only possible on hosted actor types",
        StatusCodes.Status403Forbidden,
        StatusCode.PermissionDenied);

    public static DaprApiException ReminderCreate(string reason) =>
        new("ERR_ACTOR_REMINDER_CREATE", "error creating actor reminder: " + reason, Failed, StatusCode.Internal);

    public static DaprApiException ReminderNotFound(string name) => new(
        "ERR_ACTOR_REMINDER_NOT_FOUND", "actor reminder not found: " + name, StatusCodes.Status404NotFound, StatusCode.NotFound);

    public static DaprApiException ReminderExists(string name) => new(
        "ERR_ACTOR_REMINDER_ALREADY_EXISTS", "actor reminder already exists: " + name, StatusCodes.Status409Conflict, StatusCode.AlreadyExists);

    public static DaprApiException TimerCreate(string reason) =>
        new("ERR_ACTOR_TIMER_CREATE", "error creating actor timer: " + reason, Failed, StatusCode.Internal);
}
