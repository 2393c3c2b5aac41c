using Google.Protobuf.Reflection;

namespace NexusCart.Gateway.Contract;

/// <summary>Who may use a public RPC, as far as the gateway checks; the service checks again, and by resource.</summary>
internal enum Access
{
    /// <summary>Everybody.</summary>
    Anonymous,

    /// <summary>A user's or guest's token.</summary>
    Customer,
}

/// <summary>An RPC the gateway lets through, with its HTTP form.</summary>
/// <param name="AppId">The app that answers it.</param>
/// <param name="Method">Its descriptor.</param>
/// <param name="HttpMethod">"GET", "POST" …</param>
/// <param name="Path">The template of google.api.http, which is a route pattern too: "/v1/products/{sku}".</param>
/// <param name="HasBody">Whether the HTTP form takes a JSON body.</param>
/// <param name="Access">Who may call.</param>
/// <param name="NeedsKey">Whether it needs an Idempotency-Key.</param>
/// <param name="Cacheable">Whether an anonymous answer may be kept for a moment.</param>
internal sealed record PublicRpc(
    string AppId, MethodDescriptor Method, string HttpMethod, string Path, bool HasBody, Access Access, bool NeedsKey, bool Cacheable)
{
    /// <summary>What settings call it: "Catalog.GetProduct".</summary>
    public string Name { get; } = $"{Method.Service.Name}.{Method.Name}";

    /// <summary>The gRPC path: "/nexuscart.catalog.v1.Catalog/GetProduct".</summary>
    public string RpcPath => $"/{Method.Service.FullName}/{Method.Name}";
}
