using Google.Rpc;
using Grpc.Core;
using NexusCart.Sidecar.Api;

namespace NexusCart.Sidecar.Configuration;

/// <summary>The errors of the configuration API, with daprd's codes and words.</summary>
internal static class ConfigurationErrors
{
    public static DaprApiException NotConfigured() => Error(
        "ERR_CONFIGURATION_STORE_NOT_CONFIGURED", "configuration stores not configured", 500, StatusCode.FailedPrecondition);

    public static DaprApiException NotFound(string store) => Error(
        "ERR_CONFIGURATION_STORE_NOT_FOUND", $"configuration store {store} not found", 400, StatusCode.InvalidArgument);

    public static DaprApiException Get(string store, IReadOnlyList<string> keys, string reason) => Error(
        "ERR_CONFIGURATION_GET", $"failed to get {List(keys)} from Configuration store {store}: {reason}", 500, StatusCode.Internal);

    public static DaprApiException Subscribe(string store, IReadOnlyList<string> keys, string reason) => Error(
        "ERR_CONFIGURATION_SUBSCRIBE", $"failed to subscribe {List(keys)} from Configuration store {store}: {reason}", 500, StatusCode.Internal);

    /// <summary>Why an id cannot be unsubscribed; an answer rather than an error.</summary>
    public static string Unsubscribe(string id, string reason) => $"failed to unsubscribe to configuration request {id}: {reason}";

    private static DaprApiException Error(string code, string message, int httpStatus, StatusCode grpcStatus) =>
        new(code, message, httpStatus, grpcStatus) { Details = [new ErrorInfo { Reason = code, Domain = "dapr.io" }] };

    private static string List(IReadOnlyList<string> keys) => $"[{string.Join(' ', keys)}]";
}
