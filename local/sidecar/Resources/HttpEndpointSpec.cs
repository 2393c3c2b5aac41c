namespace NexusCart.Sidecar.Resources;

/// <summary>An HTTP service outside of Dapr that apps may invoke by name.</summary>
/// <param name="Name">The name used in place of an app id.</param>
/// <param name="BaseUrl">Where requests go.</param>
/// <param name="Headers">Headers added to each request.</param>
public sealed record HttpEndpointSpec(string Name, string BaseUrl, IReadOnlyList<ComponentManifest.Item> Headers);
