using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;
using System.Text.Json;
using NexusCart.Sidecar.Api.Http;
using NexusCart.Sidecar.Invocation;
using NexusCart.Sidecar.Resiliency;

namespace NexusCart.Sidecar.Configuration;

/// <summary>Posts changes to <c>/configuration/{store}/{key}</c> of an app that subscribed over HTTP.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the container.")]
internal sealed class ConfigurationAppSender(IAppChannel app, IResiliencyPolicies policies)
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    /// <summary>Sends each changed key to its own path.</summary>
    public async Task SendAsync(
        string store, string id, IReadOnlyDictionary<string, ConfigurationItem> changes, CancellationToken cancellation)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { id, items = ConfigurationJson.Of(changes) }, HttpApi.Json);
        foreach (var key in changes.Keys)
        {
            await policies.Inbound(store, ComponentKind.Configuration).RunAsync(
                async token => await PostAsync(store, key, body, token), cancellation);
        }
    }

    private async Task PostAsync(string store, string key, byte[] body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, MethodPath.ToRequestPath($"configuration/{store}/{key}", query: ""))
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = Json } },
        };
        using var response = await app.SendAsync(request, cancellation);
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException($"status {(int)response.StatusCode}", inner: null, response.StatusCode);
    }
}

/// <summary>Items as JSON has them: what is empty is left out.</summary>
internal static class ConfigurationJson
{
    /// <summary>The items by key.</summary>
    public static Dictionary<string, Item> Of(IReadOnlyDictionary<string, ConfigurationItem> items) =>
        items.ToDictionary(
            item => item.Key,
            item => new Item(
                NullIfEmpty(item.Value.Value), NullIfEmpty(item.Value.Version), item.Value.Metadata.Count == 0 ? null : item.Value.Metadata),
            StringComparer.Ordinal);

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    /// <summary>An item.</summary>
    internal sealed record Item(string? Value, string? Version, IReadOnlyDictionary<string, string>? Metadata);
}
