using Microsoft.Extensions.Configuration;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace NexusCart.Platform.Security;

/// <summary>The keys of users' tokens could not be read: whether a token is good is unknown.</summary>
internal sealed class KeysUnavailableException(Exception inner)
    : Exception("The keys of users' tokens could not be read.", inner);

/// <summary>
/// Who issues users' tokens and with which keys: the users service says so, in its discovery document and key set, over the sidecar.
/// Read again every ten minutes, and when a key is unknown; what was known last stays good while the service is away.
/// </summary>
internal sealed class UserKeys : IConfigurationRetriever<OpenIdConnectConfiguration>, IDocumentRetriever, IDisposable
{
    private const string Discovery = ".well-known/openid-configuration";
    private const string KeySet = ".well-known/jwks";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);
    private readonly HttpClient _http;

    public UserKeys(IConfiguration configuration)
    {
        _http = new HttpClient
        {
            BaseAddress = new Uri(configuration["DAPR_HTTP_ENDPOINT"] ?? $"http://127.0.0.1:{configuration["DAPR_HTTP_PORT"] ?? "3500"}"),
            Timeout = Deadline,
            MaxResponseContentBufferSize = 1024 * 1024,
        };
        _http.DefaultRequestHeaders.Add("dapr-app-id", AppIds.Users);
        if (configuration["DAPR_API_TOKEN"] is { Length: > 0 } token) _http.DefaultRequestHeaders.Add("dapr-api-token", token);
        Manager = new ConfigurationManager<OpenIdConnectConfiguration>(Discovery, this, this)
        {
            AutomaticRefreshInterval = TimeSpan.FromMinutes(10),
            RefreshInterval = TimeSpan.FromSeconds(10),
        };
    }

    /// <summary>Keeps what was read.</summary>
    public ConfigurationManager<OpenIdConnectConfiguration> Manager { get; }

    /// <summary>Who issues and with which keys.</summary>
    /// <exception cref="KeysUnavailableException">It was never read, and cannot be now.</exception>
    public async Task<OpenIdConnectConfiguration> ReadAsync()
    {
        try
        {
            return await Manager.GetConfigurationAsync(CancellationToken.None);
        }
        catch (Exception fault)
        {
            throw new KeysUnavailableException(fault);
        }
    }

    async Task<OpenIdConnectConfiguration> IConfigurationRetriever<OpenIdConnectConfiguration>.GetConfigurationAsync(
        string address, IDocumentRetriever retriever, CancellationToken cancel)
    {
        var found = OpenIdConnectConfiguration.Create(await retriever.GetDocumentAsync(address, cancel));
        // The addresses in the document are for the world; here the sidecar is the way, and the app id tells who answers.
        var keys = new JsonWebKeySet(await retriever.GetDocumentAsync(KeySet, cancel));
        foreach (var key in keys.GetSigningKeys()) found.SigningKeys.Add(key);
        return found.SigningKeys.Count > 0 && !string.IsNullOrEmpty(found.Issuer) ? found
            : throw new InvalidOperationException("The discovery document names no issuer, or the key set is empty.");
    }

    async Task<string> IDocumentRetriever.GetDocumentAsync(string address, CancellationToken cancel)
    {
        using var answer = await _http.GetAsync(new Uri(address, UriKind.Relative), cancel);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStringAsync(cancel);
    }

    public void Dispose() => _http.Dispose();
}
