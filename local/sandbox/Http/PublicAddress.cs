using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace NexusCart.Sandbox.Http;

/// <summary>The address a browser reaches the sandbox's own pages under.</summary>
public sealed class PublicAddress(SandboxOptions options, IServer server)
{
    /// <summary>Scheme, host and port, without a trailing slash. Before the server listens on a port of its choice, the port is 0.</summary>
    public string Value => options.PublicUrl ?? Bound ?? $"http://127.0.0.1:{options.Port}";

    private string? Bound => server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
}
