using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace NexusCart.Sandbox.Http;

/// <summary>The address a browser reaches the sandbox's own pages under.</summary>
public sealed class PublicAddress(SandboxOptions options, IServer server)
{
    private readonly Lazy<string> _value = new(() => options.PublicUrl
        ?? server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault()
        ?? $"http://127.0.0.1:{options.Port}");

    /// <summary>Scheme, host and port, without a trailing slash.</summary>
    public string Value => _value.Value;
}
