using Google.Rpc;
using Grpc.Core;
using NexusCart.Sidecar.Api;

namespace NexusCart.Sidecar.Bindings;

/// <summary>The errors of the bindings API, with daprd's codes and words.</summary>
internal static class BindingErrors
{
    private const string Code = "ERR_INVOKE_OUTPUT_BINDING";

    public static DaprApiException Invoke(string binding, Exception cause) =>
        Invoke(binding, cause.Message, (cause as BindingRefusedException)?.Response);

    public static DaprApiException OperationMissing(string binding) => Invoke(binding, "operation field is missing from request");

    public static DaprApiException NotFound(string binding) => Invoke(binding, $"couldn't find output binding {binding}");

    public static DaprApiException Unsupported(string binding, string operation, IReadOnlyList<string> operations) => Invoke(
        binding, $"binding {binding} does not support operation {operation}. supported operations:{string.Join(' ', operations)}");

    /// <summary>The headers that carry an answer's metadata.</summary>
    public static IEnumerable<KeyValuePair<string, string>> HeadersOf(BindingResponse response) =>
        response.Metadata.Select(entry => KeyValuePair.Create("metadata." + entry.Key, entry.Value));

    private static DaprApiException Invoke(string binding, string reason, BindingResponse? response = null) =>
        new(Code, $"error invoking output binding {binding}: {reason}", StatusCodes.Status500InternalServerError, StatusCode.Internal)
        {
            Details = [new ErrorInfo { Reason = Code, Domain = "dapr.io" }],
            HttpHeaders = response is null ? [] : [.. HeadersOf(response)],
        };
}
