using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>
/// HTTP requests on no route of the API: all of them are service invocations to daprd, and an error only when they name no app.
/// </summary>
internal sealed class UnmatchedHttp
{
    private UnmatchedHttp()
    {
    }

    /// <summary>Marks the endpoint that takes what no other one does.</summary>
    public static UnmatchedHttp Marker { get; } = new();

    /// <summary>Invokes, or answers as if the route did not exist when the app may not invoke.</summary>
    public static Task HandleAsync(HttpContext context) =>
        ApiRules.IsAllowed(context.RequestServices.GetRequiredService<RuntimeConfiguration>(), "http", "v1.0", "invoke")
            ? context.RequestServices.GetRequiredService<InvocationEndpoint>().HandleAsync(context)
            : context.Response.PlainErrorAsync(StatusCodes.Status404NotFound, "404 page not found\n");
}
