using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Sidecar.Testing;

/// <summary>What a fixture starts with. Without any setting: one app "app" over HTTP/1.1, with components that live in memory.</summary>
public sealed class SidecarFixtureOptions
{
    private readonly List<string> _components = [];

    /// <summary>The id of the first app.</summary>
    public string AppId { get; set; } = "app";

    /// <summary>What the first app speaks on its port; <see cref="AppProtocol.H2c"/> serves gRPC and HTTP at once.</summary>
    public AppProtocol AppProtocol { get; set; } = AppProtocol.Http;

    /// <summary>
    /// True has the sidecar's clock stand still until <see cref="SidecarFixture.Time"/> is advanced: reminders, jobs, workflow timers,
    /// times to live, pauses between retries and injected delays wait for the test, not for the wall.
    /// </summary>
    public bool FakeTime { get; set; }

    /// <summary>A folder of component, subscription and resiliency files, used in place of the components in memory.</summary>
    public string? ResourcesPath { get; set; }

    /// <summary>A Configuration file.</summary>
    public string? ConfigurationPath { get; set; }

    /// <summary>Where durable components keep their files, outliving the fixture; a temporary folder when null.</summary>
    public string? DataPath { get; set; }

    /// <summary>Turns off every deliberate difference from daprd.</summary>
    public bool Strict { get; set; } = true;

    /// <summary>
    /// Where the sidecars ask their apps each second whether they are well, as <c>--app-health-check-path</c> does; null: they do not ask,
    /// and an app that was killed keeps its actors.
    /// </summary>
    public string? AppHealthCheckPath { get; set; }

    /// <summary>After how many failed checks in a row an app counts as gone, at least 1; 3 by default, as in Dapr.</summary>
    public int AppHealthThreshold { get; set; } = 3;

    /// <summary>Where the sidecars log.</summary>
    public ILoggerFactory Loggers { get; set; } = NullLoggerFactory.Instance;

    internal IReadOnlyList<string> Components => _components;

    /// <summary>Adds a component; one of the same name among those in memory gives way.</summary>
    /// <param name="name">What the app calls it.</param>
    /// <param name="type">Its type string: "state.sqlite".</param>
    /// <param name="metadata">Its settings.</param>
    public SidecarFixtureOptions AddComponent(string name, string type, params (string Name, string Value)[] metadata)
    {
        _components.Add(FixtureResources.Component(name, type, metadata));
        Replaced.Add(name);
        return this;
    }

    /// <summary>Adds any resource as YAML: a Subscription, a Resiliency, an HTTPEndpoint.</summary>
    public SidecarFixtureOptions AddResource(string yaml)
    {
        _components.Add(yaml);
        return this;
    }

    internal HashSet<string> Replaced { get; } = new(StringComparer.Ordinal);
}
