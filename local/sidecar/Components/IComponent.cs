namespace NexusCart.Sidecar.Components;

/// <summary>A loaded component of any kind.</summary>
public interface IComponent : IAsyncDisposable
{
    /// <summary>What the metadata API reports, such as <c>ETAG</c>, <c>TRANSACTIONAL</c>, <c>ACTOR</c>.</summary>
    IReadOnlyList<string> Capabilities => [];

    /// <summary>Connects and prepares; a failure stops the sidecar unless the component says ignoreErrors.</summary>
    Task InitAsync(CancellationToken cancellation);
}
