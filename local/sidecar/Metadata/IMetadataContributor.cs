using Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Metadata;

/// <summary>A building block with something to say in the metadata API: subscriptions, active actors, connected workers.</summary>
public interface IMetadataContributor
{
    /// <summary>Adds it. Called for every request of the metadata.</summary>
    void Contribute(GetMetadataResponse metadata);
}
