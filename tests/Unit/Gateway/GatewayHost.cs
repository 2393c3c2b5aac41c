using System.Net.Http.Headers;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NexusCart.Gateway;
using NexusCart.Gateway.Tokens;
using NexusCart.Platform;
using NexusCart.Platform.Security;
using NexusCart.Tests.Unit.Platform;

namespace NexusCart.Tests.Unit.Gateway;

/// <summary>The whole gateway on real ports, before a fake sidecar.</summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GatewayHost(WebApplication app, FakeSidecar sidecar, TestKeys keys)
    {
        _app = app;
        Sidecar = sidecar;
        Keys = keys;
        var urls = app.Urls.Select(url => new Uri(url)).ToList();
        AppPort = new HttpClient(new Http2Only(new SocketsHttpHandler())) { BaseAddress = urls[0] };
        Http = new HttpClient { BaseAddress = urls[1] };
        Channel = GrpcChannel.ForAddress(urls[2]);
    }

    public FakeSidecar Sidecar { get; }

    public TestKeys Keys { get; }

    public HttpClient Http { get; }

    public HttpClient AppPort { get; }

    public GrpcChannel Channel { get; }

    public static async Task<GatewayHost> StartAsync(
        string environment = "Development", Dictionary<string, string?>? settings = null, bool sidecarUp = true)
    {
        var sidecar = await FakeSidecar.StartAsync();
        var keys = new TestKeys();
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["APP_PORT"] = "0",
            ["PUBLIC_HTTP_PORT"] = "0",
            ["PUBLIC_GRPC_PORT"] = "0",
            ["APP_ID"] = "gateway",
            ["DAPR_HTTP_PORT"] = sidecar.HttpPort.ToString(),
            ["DAPR_GRPC_PORT"] = sidecar.RpcPort.ToString(),
        }.Concat(settings ?? []).GroupBy(s => s.Key).ToDictionary(s => s.Key, s => s.Last().Value));
        var secrets = keys.Secrets;
        secrets[DevelopmentIssuer.SigningKeySecret] = keys.PrivateJwk;
        builder.Services.AddSingleton<ISecretSource>(new FixedSecrets(secrets));
        builder.AddNexusDefaults();
        builder.Logging.ClearProviders();
        builder.AddGateway();

        var app = builder.Build();
        app.UseGateway();
        await app.StartAsync();
        if (!sidecarUp) await sidecar.DisposeAsync();
        return new GatewayHost(app, sidecar, keys);
    }

    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string? token = null, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await Http.SendAsync(request);
    }

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        Http.Dispose();
        AppPort.Dispose();
        await _app.DisposeAsync();
        await Sidecar.DisposeAsync();
    }
}
