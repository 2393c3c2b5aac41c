using Grpc.Core;
using Microsoft.AspNetCore.Http;
using NexusCart.Platform.Errors;

namespace NexusCart.Platform.Idempotency;

/// <summary>The Idempotency-Key of a mutation: HTTP header, or gRPC metadata of the same name; 1 to 128 printable ASCII characters.</summary>
public static class IdempotencyKey
{
    /// <summary>The header's name.</summary>
    public const string Header = "Idempotency-Key";

    /// <summary>The longest key, in characters.</summary>
    public const int MaxLength = 128;

    /// <summary>The call's key.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT: there is none, or it is malformed.</exception>
    public static string RequireIdempotencyKey(this ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return TryRead(context.GetHttpContext().Request.Headers, out var key, out var reason)
            ? key : throw Refusal.Invalid(Header, reason);
    }

    /// <summary>Reads the key.</summary>
    /// <param name="headers">The request's headers.</param>
    /// <param name="key">The key, empty where it is missing or malformed.</param>
    /// <param name="reason">What is wrong.</param>
    public static bool TryRead(IHeaderDictionary headers, out string key, out string reason)
    {
        ArgumentNullException.ThrowIfNull(headers);
        var values = headers[Header];
        key = values.Count == 1 ? values[0] ?? "" : "";
        reason = values.Count switch
        {
            0 => "is needed: repeat a request with the same key and it happens once",
            > 1 => "must be given once",
            _ when key.Length is 0 or > MaxLength || key.AsSpan().ContainsAnyExceptInRange('!', '~') => $"must be 1 to {MaxLength} printable ASCII characters without spaces",
            _ => "",
        };
        if (reason.Length > 0) key = "";
        return reason.Length == 0;
    }
}
