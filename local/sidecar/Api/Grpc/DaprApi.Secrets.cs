using Grpc.Core;
using NexusCart.Sidecar.Secrets;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Api.Grpc;

/// <content>Secrets.</content>
public sealed partial class DaprApi
{
    private SecretService? _secrets;

    private SecretService Secrets => _secrets ??= Block<SecretService>();

    /// <summary>One secret.</summary>
    public async Task<Rt.GetSecretResponse> GetSecret(Rt.GetSecretRequest request, ServerCallContext context)
    {
        var response = new Rt.GetSecretResponse();
        foreach (var (key, value) in await Secrets.GetAsync(request.StoreName, request.Key, context.CancellationToken))
            response.Data[key] = value;
        return response;
    }

    /// <summary>Every secret the app may read.</summary>
    public async Task<Rt.GetBulkSecretResponse> GetBulkSecret(Rt.GetBulkSecretRequest request, ServerCallContext context)
    {
        var response = new Rt.GetBulkSecretResponse();
        foreach (var (name, values) in await Secrets.GetAllAsync(request.StoreName, context.CancellationToken))
        {
            var secret = new Rt.SecretResponse();
            foreach (var (key, value) in values)
                secret.Secrets[key] = value;
            response.Data[name] = secret;
        }

        return response;
    }
}
