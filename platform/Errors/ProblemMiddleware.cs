using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace NexusCart.Platform.Errors;

/// <summary>Sees to it that no error leaves without a problem document (or a gRPC status).</summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        Problem? problem;
        try
        {
            await next(context);
            problem = Bare(context.Response) ? new Problem(context.Response.StatusCode, Explain(context)) : null;
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            return; // Nobody is there to hear it.
        }
        catch (BadHttpRequestException fault)
        {
            problem = new Problem(fault.StatusCode, fault.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? BodyLimit : "The request could not be read.");
        }
        catch (RpcException fault) when (fault.StatusCode is not (StatusCode.Unknown or StatusCode.Internal))
        {
            problem = ProblemReader.FromRpc(fault);
        }
        catch (Exception fault)
        {
            LogFault(logger, context.Request.Method, context.Request.Path, fault);
            problem = new Problem(StatusCodes.Status500InternalServerError, "An unexpected error occurred. It has been recorded.");
        }

        if (problem is null) return;
        if (context.Response.HasStarted) context.Abort(); // Half an answer must not look like a whole one.
        else await problem.WriteAsync(context);
    }

    /// <summary>What a body over the limit is answered with.</summary>
    internal static string BodyLimit => $"The body is larger than {NexusDefaults.MaxRequestBytes:N0} bytes.";

    /// <summary>An error status that nobody wrote a body for.</summary>
    private static bool Bare(HttpResponse response) =>
        response is { StatusCode: >= 400, HasStarted: false, ContentLength: null or 0, ContentType: null };

    private static string? Explain(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => $"There is nothing at {context.Request.Path}.",
        StatusCodes.Status405MethodNotAllowed => $"{context.Request.Path} does not take {context.Request.Method}; it takes {context.Response.Headers.Allow}.",
        _ => null,
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "{HttpMethod} {Path} failed")]
    private static partial void LogFault(ILogger logger, string httpMethod, string path, Exception fault);
}

/// <summary>Adds the error mapping to the pipeline.</summary>
public static class ProblemMiddlewareExtensions
{
    /// <summary>Problem documents for every error raised further down the pipeline. First in it.</summary>
    public static IApplicationBuilder UseProblems(this IApplicationBuilder app) => app.UseMiddleware<ProblemMiddleware>();

    /// <summary>Problem documents instead of google.rpc.Status for transcoded RPCs. After routing.</summary>
    internal static IApplicationBuilder UseTranscodingProblems(this IApplicationBuilder app) =>
        app.UseMiddleware<TranscodingProblemMiddleware>();
}
