using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace NexusCart.Platform.Errors;

/// <summary>
/// The errors a service answers with. Each is a gRPC status with google.rpc details; over HTTP it becomes a problem document
/// (RFC 9457). Use: <c>throw Refusal.NotFound("product", sku);</c>
/// </summary>
public static class Refusal
{
    /// <summary>Whose reasons they are, in google.rpc.ErrorInfo.</summary>
    public const string Domain = "nexuscart";

    /// <summary>The reason of <see cref="Stale"/>.</summary>
    internal const string StaleReason = "stale_version";

    /// <summary>A field is wrong (INVALID_ARGUMENT, HTTP 400).</summary>
    /// <param name="field">The field in its JSON form: "lines[0].quantity".</param>
    /// <param name="reason">What is wrong with it and what would be right: "must be 1 to 10,000".</param>
    public static RpcException Invalid(string field, string reason) =>
        Invalid([new BadRequest.Types.FieldViolation { Field = field, Description = reason }]);

    /// <summary>Fields are wrong (INVALID_ARGUMENT, HTTP 400). See <see cref="Violations"/>.</summary>
    public static RpcException Invalid(IReadOnlyCollection<BadRequest.Types.FieldViolation> violations)
    {
        ArgumentNullException.ThrowIfNull(violations);
        var details = new BadRequest();
        details.FieldViolations.AddRange(violations);
        var message = string.Join("; ", violations.Select(v => $"{v.Field}: {v.Description}"));
        return Build(Code.InvalidArgument, message, Any.Pack(details));
    }

    /// <summary>There is no such thing, or the caller may not know of it (NOT_FOUND, HTTP 404).</summary>
    /// <param name="what">"product"</param>
    /// <param name="id">The id asked for.</param>
    public static RpcException NotFound(string what, string id) =>
        Build(Code.NotFound, $"There is no {what} '{id}'.", Any.Pack(new ResourceInfo { ResourceType = what, ResourceName = id }));

    /// <summary>It exists already, with other content (ALREADY_EXISTS, HTTP 409).</summary>
    public static RpcException AlreadyExists(string reason, string detail) => Build(Code.AlreadyExists, detail, Info(reason));

    /// <summary>The Idempotency-Key was used before with another body (ALREADY_EXISTS, HTTP 409).</summary>
    public static RpcException KeyReused() => AlreadyExists(
        "idempotency_key_reused", "This Idempotency-Key was used before with another body. A new request needs a new key.");

    /// <summary>The state of things does not allow it, and repeating will not help (FAILED_PRECONDITION, HTTP 400).</summary>
    /// <param name="reason">Machine-readable: "cart_empty".</param>
    /// <param name="detail">For people.</param>
    public static RpcException Precondition(string reason, string detail) => Build(Code.FailedPrecondition, detail, Info(reason));

    /// <summary>A concurrent change got in the way; the caller may repeat (ABORTED, HTTP 409).</summary>
    public static RpcException Conflict(string reason, string detail) => Build(Code.Aborted, detail, Info(reason));

    /// <summary>
    /// The edit was made on another version than there is (ABORTED, HTTP 412): read it again, and decide again.
    /// </summary>
    /// <param name="what">"product"</param>
    /// <param name="id">Its id.</param>
    /// <param name="version">The version there is; 0 when there is none.</param>
    public static RpcException Stale(string what, string id, long version) => Conflict(
        StaleReason, version == 0 ? $"There is no {what} '{id}' yet." : $"The {what} '{id}' has version {version} now; read it again.");

    /// <summary>No token or no valid one (UNAUTHENTICATED, HTTP 401).</summary>
    public static RpcException Unauthenticated(string detail) => Build(Code.Unauthenticated, detail);

    /// <summary>The token is good but does not allow this (PERMISSION_DENIED, HTTP 403).</summary>
    public static RpcException Forbidden(string detail) => Build(Code.PermissionDenied, detail);

    /// <summary>Too much was asked for at once (RESOURCE_EXHAUSTED, HTTP 429).</summary>
    public static RpcException Exhausted(string detail, TimeSpan? retryAfter = null) =>
        Build(Code.ResourceExhausted, detail, Retry(retryAfter));

    /// <summary>Something this needs is away; the outcome is unknown, repeat with the same key (UNAVAILABLE, HTTP 503).</summary>
    public static RpcException Unavailable(string detail, TimeSpan? retryAfter = null) =>
        Build(Code.Unavailable, detail, Retry(retryAfter));

    /// <summary>A fault of ours; says nothing of its cause (INTERNAL, HTTP 500).</summary>
    internal static RpcException Internal() => Build(Code.Internal, "An unexpected error occurred. It has been recorded.");

    private static RpcException Build(Code code, string message, params Any?[] details)
    {
        var status = new Google.Rpc.Status { Code = (int)code, Message = message };
        status.Details.AddRange(details.OfType<Any>());
        return status.ToRpcException();
    }

    private static Any Info(string reason) => Any.Pack(new ErrorInfo { Domain = Domain, Reason = reason });

    private static Any? Retry(TimeSpan? after) =>
        after is { } delay ? Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(delay) }) : null;
}
