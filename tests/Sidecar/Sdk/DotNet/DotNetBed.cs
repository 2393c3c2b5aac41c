using Dapr.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using NexusCart.Sidecar.Hosting;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.Sdk.DotNet;

/// <summary>A strict sidecar with a component of each building block, for the official .NET packages; alone or beside an app.</summary>
public abstract class DotNetBed : IAsyncDisposable
{
    protected SidecarBed Bed { get; } = new();

    protected string ConfigurationFile => Path.Combine(Bed.Folder, "configuration.json");

    public ValueTask DisposeAsync() => Bed.DisposeAsync();

    /// <summary>Starts a sidecar without an app and gives the official client.</summary>
    protected async Task<DaprClient> StartAsync() => (await StartSidecarAsync(null)).Client;

    /// <summary>Starts an app and its sidecar.</summary>
    protected async Task<TestSidecar> StartAsync(Action<WebApplication> configure, Action<IServiceCollection>? services = null, AppProtocol protocol = AppProtocol.Http) =>
        await StartSidecarAsync(await Bed.StartAppAsync(configure, services, protocol));

    private async Task<TestSidecar> StartSidecarAsync(TestApp? app)
    {
        await File.WriteAllTextAsync(ConfigurationFile, """{ "theme": "blue", "limit": "5||2" }""");
        var secrets = Path.Combine(Bed.Folder, "secrets.json");
        await File.WriteAllTextAsync(secrets, """{ "apiKey": "not-a-secret", "other": "nor-this" }""");
        Bed.Resource(
            "components.yaml",
            SidecarBed.Component("statestore", "state.sqlite", ("connectionString", "state.db")),
            SidecarBed.Component("pubsub", "pubsub.in-memory"),
            SidecarBed.Component("lockstore", "lock.embedded"),
            SidecarBed.Component("configuration", "configuration.embedded", ("path", ConfigurationFile)),
            SidecarBed.Component("secretstore", "secretstores.local.file", ("secretsFile", secrets)),
            SidecarBed.Component("files", "bindings.localstorage", ("rootPath", Path.Combine(Bed.Folder, "files"))));
        return await Bed.StartSidecarAsync("shop", app, options => options with { Strict = true });
    }
}
