using Grpc.Core;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>
/// Building blocks that have no component type here, cryptography and conversation: they answer as daprd does when no component of
/// the kind is declared.
/// </summary>
internal static class AbsentBlockEndpoints
{
    /// <summary>Maps their routes.</summary>
    public static void MapAbsentBlocks(this IEndpointRouteBuilder routes)
    {
        foreach (var operation in (string[])["encrypt", "decrypt"])
            routes.MapPut("/v1.0-alpha1/crypto/{name}/" + operation, (RequestDelegate)(_ => throw NoCryptography()));
        foreach (var version in (string[])["v1.0-alpha1", "v1.0-alpha2"])
            routes.MapPost($"/{version}/conversation/{{name}}/converse", (RequestDelegate)(context => throw NoConversation(context.PathValue("name"))));
    }

    private static DaprApiException NoCryptography() => new(
        "ERR_CRYPTO_PROVIDERS_NOT_CONFIGURED", "crypto providers not configured", StatusCodes.Status500InternalServerError, StatusCode.Internal);

    private static DaprApiException NoConversation(string name) => new(
        "ERR_CONVERSATION_NOT_FOUND", $"failed finding conversation component {name}", StatusCodes.Status400BadRequest, StatusCode.InvalidArgument);
}
