using Google.Protobuf;
using Grpc.Core;

namespace NexusCart.Sidecar.Api;

/// <summary>
/// An error as the Dapr API answers it: over HTTP a status with <c>errorCode</c> and <c>message</c>, over gRPC a status code with
/// details. Building blocks throw it; the adapters of both protocols render it.
/// </summary>
public sealed class DaprApiException : Exception
{
    /// <param name="errorCode">The errorCode of the HTTP body, such as <c>ERR_STATE_STORE_NOT_FOUND</c>.</param>
    /// <param name="message">The message of both protocols.</param>
    /// <param name="httpStatus">The HTTP status.</param>
    /// <param name="grpcStatus">The gRPC code.</param>
    public DaprApiException(string errorCode, string message, int httpStatus, StatusCode grpcStatus)
        : base(message)
    {
        ErrorCode = errorCode;
        HttpStatus = httpStatus;
        GrpcStatus = grpcStatus;
    }

    /// <summary>The errorCode of the HTTP body.</summary>
    public string ErrorCode { get; }

    /// <summary>The HTTP status.</summary>
    public int HttpStatus { get; }

    /// <summary>The gRPC code.</summary>
    public StatusCode GrpcStatus { get; }

    /// <summary>The message over gRPC where it differs from the one over HTTP.</summary>
    public string? GrpcMessage { get; init; }

    /// <summary>google.rpc details (ErrorInfo, ResourceInfo, BadRequest), carried over gRPC.</summary>
    public IReadOnlyList<IMessage> Details { get; init; } = [];

    /// <summary>The details over HTTP where they differ from those over gRPC.</summary>
    public IReadOnlyList<IMessage>? HttpDetails { get; init; }

    /// <summary>Headers of the HTTP answer.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> HttpHeaders { get; init; } = [];

    /// <summary>Whether the HTTP body lists the details too (only the rich families do: state, pubsub, jobs).</summary>
    public bool DetailsOverHttp { get; init; }
}
