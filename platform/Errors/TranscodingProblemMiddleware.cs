using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Grpc.JsonTranscoding;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace NexusCart.Platform.Errors;

/// <summary>
/// Transcoding answers an error with google.rpc.Status in JSON; the shop's HTTP face speaks problem documents. What transcoding
/// writes under an error status is held back here and rewritten; successful answers pass untouched.
/// </summary>
internal sealed class TranscodingProblemMiddleware(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var route = context.GetEndpoint()?.Metadata.GetMetadata<GrpcJsonTranscodingMetadata>();
        if (route is null)
        {
            await next(context);
            return;
        }

        var takesBody = route.HttpRule.Body.Length > 0;
        if (takesBody && Unreadable(context.Request) is { } unreadable)
        {
            await unreadable.WriteAsync(context);
            return;
        }

        var request = takesBody ? RecordedBody.Attach(context.Request) : null;
        var body = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var held = new HeldErrorBody(body, context.Response);
        context.Features.Set<IHttpResponseBodyFeature>(held);
        try
        {
            await next(context);
        }
        finally
        {
            context.Features.Set(body);
        }

        if (held.Error is not { } error || context.Response.HasStarted) return;
        await Rewrite(error, context, request, route).WriteAsync(context);
    }

    /// <summary>What can be refused before a byte of the body is read.</summary>
    private static Problem? Unreadable(HttpRequest request)
    {
        if (!request.HasJsonContentType())
        {
            return new Problem(StatusCodes.Status415UnsupportedMediaType, request.ContentType is { } given
                ? $"The content type is '{given}'; this takes application/json."
                : "The request has no content type; this takes application/json.");
        }
        return request.ContentLength > NexusDefaults.MaxRequestBytes
            ? new Problem(StatusCodes.Status413PayloadTooLarge, ProblemMiddleware.BodyLimit) : null;
    }

    private static Problem Rewrite(ReadOnlyMemory<byte> error, HttpContext context, RecordedBody? request, GrpcJsonTranscodingMetadata route)
    {
        if (request?.Fault is { } fault)
        {
            return new Problem(fault.StatusCode, fault.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? ProblemMiddleware.BodyLimit : "The request could not be read.");
        }

        var problem = ProblemReader.FromJson(error.Span) ?? new Problem(context.Response.StatusCode);
        if (problem is not { Status: StatusCodes.Status400BadRequest, Errors: null, Reason: null }) return problem;
        // Transcoding says only that something is wrong; the request tells where.
        var message = route.MethodDescriptor.InputType;
        return JsonFault.FindInParameters(context.Request, message)
            ?? (request is { Consumed: true } ? JsonFault.Find(request.Recorded, message) : null)
            ?? problem;
    }
}
