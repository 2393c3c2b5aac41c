using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using NexusCart.Sidecar.Api;

namespace NexusCart.Sidecar.State;

/// <summary>The errors of the state API, with daprd's codes and words.</summary>
internal static class StateErrors
{
    private const string Domain = "dapr.io";
    private const string ResourceType = "state";

    public static DaprApiException NotConfigured(string store, string appId) => OfStore(
        "ERR_STATE_STORE_NOT_CONFIGURED", "DAPR_STATE_NOT_CONFIGURED", $"state store {store} is not configured", 500,
        StatusCode.FailedPrecondition, appId);

    public static DaprApiException NotFound(string store, string appId) => OfStore(
        "ERR_STATE_STORE_NOT_FOUND", "DAPR_STATE_NOT_FOUND", $"state store {store} is not found", 400,
        StatusCode.InvalidArgument, appId);

    /// <param name="store">The store.</param>
    /// <param name="key">The key that contains the separator.</param>
    /// <param name="namesField">Whether the HTTP details name the key: those of a transaction do not.</param>
    public static DaprApiException IllegalKey(string store, string key, bool namesField = true)
    {
        var message = $"input key/keyPrefix '{key}' can't contain '{StateKeyPrefix.Separator}'";
        var overHttp = "api error: code = InvalidArgument desc = " + message;
        return new DaprApiException("ERR_MALFORMED_REQUEST", overHttp, 400, StatusCode.InvalidArgument)
        {
            GrpcMessage = message,
            Details = [Violation(key, message), Resource(store), Info("DAPR_STATE_ILLEGAL_KEY")],
            HttpDetails = [Violation(namesField ? key : "", overHttp), Resource(store), Info("DAPR_STATE_ILLEGAL_KEY")],
            DetailsOverHttp = true,
        };
    }

    public static DaprApiException QueryUnsupported(string store) => new(
        "ERR_STATE_STORE_NOT_SUPPORTED", "state store does not support querying", 500, StatusCode.Internal)
    {
        Details = [Resource(store), Info("DAPR_STATE_QUERYING_NOT_SUPPORTED")],
        DetailsOverHttp = true,
    };

    public static DaprApiException EmptyKey() =>
        Simple("ERR_STATE_SAVE", "state key cannot be empty", 400, StatusCode.InvalidArgument);

    public static DaprApiException KeyRequired() =>
        Simple("ERR_MALFORMED_REQUEST", "\"key\" is a required field", 400, StatusCode.InvalidArgument);

    public static DaprApiException UnsupportedOperation(string operation) => Simple(
        "ERR_NOT_SUPPORTED_STATE_OPERATION", $"operation type {operation} not supported", 400, StatusCode.Unimplemented);

    public static DaprApiException Get(string store, string key, Exception cause) => Simple(
        "ERR_STATE_GET", $"fail to get {key} from state store {store}: {cause.Message}", 500, StatusCode.Internal);

    public static DaprApiException BulkGet(Exception cause) =>
        Simple("ERR_STATE_BULK_GET", cause.Message, 500, StatusCode.Internal);

    public static DaprApiException Save(string store, Exception cause) =>
        OfWrite("ERR_STATE_SAVE", $"failed saving state in state store {store}: {cause.Message}", cause);

    public static DaprApiException Delete(string key, Exception cause) =>
        OfWrite("ERR_STATE_DELETE", $"failed deleting state with key {key}: {cause.Message}", cause);

    public static DaprApiException BulkDelete(string store, Exception cause) =>
        OfWrite("ERR_STATE_BULK_DELETE", $"failed deleting state in state store {store}: {cause.Message}", cause);

    /// <summary>Unlike with single writes an etag mismatch is an internal error here.</summary>
    public static DaprApiException Transaction(Exception cause) => Simple(
        "ERR_STATE_TRANSACTION", $"error while executing state transaction: {cause.Message}", 500, StatusCode.Internal);

    private static DaprApiException OfWrite(string code, string message, Exception cause) => cause switch
    {
        ETagMismatchException => Simple(code, message, 409, StatusCode.Aborted),
        InvalidETagException => Simple(code, message, 400, StatusCode.InvalidArgument),
        _ => Simple(code, message, 500, StatusCode.Internal),
    };

    private static DaprApiException Simple(string code, string message, int httpStatus, StatusCode grpcStatus) =>
        new(code, message, httpStatus, grpcStatus) { Details = [Info(code)] };

    private static DaprApiException OfStore(
        string code, string reason, string message, int httpStatus, StatusCode grpcStatus, string appId)
    {
        var overHttp = Info(reason);
        overHttp.Metadata["appID"] = appId;
        return new DaprApiException(code, message, httpStatus, grpcStatus)
        {
            Details = [Info(reason)],
            HttpDetails = [overHttp],
            DetailsOverHttp = true,
        };
    }

    private static ErrorInfo Info(string reason) => new() { Reason = reason, Domain = Domain };

    private static ResourceInfo Resource(string store) => new() { ResourceType = ResourceType, ResourceName = store };

    private static BadRequest Violation(string field, string description) => new()
    {
        FieldViolations = { new BadRequest.Types.FieldViolation { Field = field, Description = description } },
    };
}
