namespace NexusCart.Sidecar.Resources;

/// <summary>Everything the files give one sidecar; what is out of its scope is already left out.</summary>
public sealed record SidecarResources
{
    /// <summary>Components in file order.</summary>
    public IReadOnlyList<ComponentManifest> Components { get; init; } = [];

    /// <summary>Declared subscriptions.</summary>
    public IReadOnlyList<SubscriptionSpec> Subscriptions { get; init; } = [];

    /// <summary>Services outside of Dapr.</summary>
    public IReadOnlyList<HttpEndpointSpec> HttpEndpoints { get; init; } = [];

    /// <summary>All resiliency files merged.</summary>
    public ResiliencySpec Resiliency { get; init; } = ResiliencySpec.Empty;

    /// <summary>All configuration files merged.</summary>
    public RuntimeConfiguration Configuration { get; init; } = new();

    /// <summary>Files of which at least one document was skipped, and files with nothing in them.</summary>
    public IReadOnlyList<string> BrokenFiles { get; init; } = [];

    /// <summary>Texts of the files with documents that count at the start only (Resiliency, HTTPEndpoint), by path.</summary>
    public IReadOnlyDictionary<string, string> ReadOnce { get; init; } = new Dictionary<string, string>();

    /// <summary>Documents that were skipped and why.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
