using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Resources;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Metadata;

/// <summary>What the sidecar tells about itself, and the key-value pairs others leave with it.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the container.")]
internal sealed class MetadataService(Hosting.Sidecar sidecar, IEnumerable<IMetadataContributor> contributors)
{
    /// <summary>The version of daprd whose behaviour this runtime follows; clients decide by it what they may call.</summary>
    public const string RuntimeVersion = "1.18.1";

    private const string VersionKey = "daprRuntimeVersion";

    private readonly ConcurrentDictionary<string, string> _extended = new(StringComparer.Ordinal);

    /// <summary>Keeps a pair; one without a key is ignored.</summary>
    public void Set(string key, string value)
    {
        if (key.Length > 0)
            _extended[key] = value;
    }

    /// <summary>Everything, as of now.</summary>
    public Rt.GetMetadataResponse Get()
    {
        var metadata = new Rt.GetMetadataResponse
        {
            Id = sidecar.Options.AppId,
            RuntimeVersion = RuntimeVersion,
            AppConnectionProperties = Connection(sidecar.Options),
        };
        metadata.EnabledFeatures.AddRange(
            sidecar.Resources.Configuration.Features.Where(feature => feature.Value).Select(feature => feature.Key));
        foreach (var component in sidecar.Components.All)
        {
            var entry = new Rt.RegisteredComponents { Name = component.Spec.Name, Type = component.Spec.Type, Version = component.Spec.Version };
            entry.Capabilities.AddRange(component.Driver.Capabilities);
            metadata.RegisteredComponents.Add(entry);
        }

        metadata.HttpEndpoints.AddRange(sidecar.Resources.HttpEndpoints.Select(endpoint => new Rt.MetadataHTTPEndpoint { Name = endpoint.Name }));
        metadata.Resiliencies.AddRange(sidecar.Resources.Resiliency.Names.Select(name => new Rt.MetadataResiliency { Name = name }));
        if (sidecar.Options.SchedulerEnabled)
            metadata.Scheduler = new Rt.MetadataScheduler { ConnectedAddresses = { $"127.0.0.1:{sidecar.Options.GrpcPort}" } };
        foreach (var (key, value) in _extended)
            metadata.ExtendedMetadata[key] = value;
        // Whatever an app has left under this name.
        metadata.ExtendedMetadata[VersionKey] = RuntimeVersion;
        foreach (var contributor in contributors)
            contributor.Contribute(metadata);
        metadata.ActorRuntime ??= new Rt.ActorRuntime
        {
            RuntimeStatus = Rt.ActorRuntime.Types.ActorRuntimeStatus.Disabled,
            Placement = "placement: disconnected",
        };
        return metadata;
    }

    private static Rt.AppConnectionProperties Connection(SidecarOptions options)
    {
        var connection = new Rt.AppConnectionProperties
        {
            Port = options.AppPort ?? 0,
            Protocol = options.AppProtocol.ToString().ToLowerInvariant(),
            ChannelAddress = options.AppChannelAddress,
            MaxConcurrency = Math.Max(0, options.AppMaxConcurrency),
        };
        if (options is { AppPort: > 0, EnableAppHealthCheck: true })
        {
            connection.Health = new Rt.AppConnectionHealthProperties
            {
                HealthCheckPath = options.AppProtocol is AppProtocol.Grpc or AppProtocol.Grpcs ? "" : options.AppHealthCheckPath,
                HealthProbeInterval = GoDuration.Format(options.AppHealthProbeInterval),
                HealthProbeTimeout = GoDuration.Format(options.AppHealthProbeTimeout),
                HealthThreshold = options.AppHealthThreshold,
            };
        }

        return connection;
    }
}
