using System.Globalization;
using Grpc.Core;
using Microsoft.Net.Http.Headers;
using NexusCart.Platform.Errors;

namespace NexusCart.Platform.Idempotency;

/// <summary>The version an edit was made on: the HTTP header If-Match (gRPC metadata of the same name), or a field that says the same.</summary>
public static class EditVersion
{
    /// <summary>The version the caller expects; null where he expects none.</summary>
    /// <param name="context">The call.</param>
    /// <param name="field">What the request's field says; it goes before the header.</param>
    /// <exception cref="RpcException">INVALID_ARGUMENT: the header is not an entity tag with a version, or the field is negative.</exception>
    public static long? ExpectedVersion(this ServerCallContext context, long? field)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (field is { } given)
            return given >= 0 ? given : throw Refusal.Invalid("expectedVersion", "must be 0 or more");
        var header = context.GetHttpContext().Request.Headers.IfMatch;
        if (header.Count == 0 || header.ToString() == "*")
            return null;
        return long.TryParse(header.ToString().Trim().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : throw Refusal.Invalid(HeaderNames.IfMatch, "must be an ETag that was given, such as \"7\"");
    }

    /// <summary>Answers with the version as the entity tag that If-Match takes.</summary>
    public static void ShowVersion(this ServerCallContext context, long version)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.GetHttpContext().Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");
    }
}
