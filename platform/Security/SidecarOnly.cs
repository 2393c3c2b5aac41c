using System.Security.Cryptography;
using System.Text;
using Dapr;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NexusCart.Platform.Errors;

namespace NexusCart.Platform.Security;

/// <summary>Keeps what only the sidecar may call (actors, events, jobs, configuration) for it, where APP_API_TOKEN is set.</summary>
internal static class SidecarOnly
{
    private const string Header = "dapr-api-token";
    private static readonly PathString[] Paths = ["/actors", "/dapr", "/job", "/events"];

    public static void UseSidecarOnly(this WebApplication app)
    {
        var token = app.Services.GetRequiredService<IConfiguration>()["APP_API_TOKEN"];
        if (string.IsNullOrEmpty(token)) return;
        var expected = Encoding.UTF8.GetBytes(token);

        app.Use((context, next) =>
        {
            if (!IsForSidecar(context) || Matches(context.Request.Headers[Header].ToString(), expected)) return next(context);
            return new Problem(StatusCodes.Status401Unauthorized, "This is for the sidecar.").WriteAsync(context);
        });
    }

    private static bool IsForSidecar(HttpContext context) =>
        Array.Exists(Paths, path => context.Request.Path.StartsWithSegments(path))
        || context.GetEndpoint()?.Metadata.GetMetadata<ITopicMetadata>() is not null;

    private static bool Matches(string given, byte[] expected) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), expected);
}
