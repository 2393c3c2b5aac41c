namespace NexusCart.Sidecar.Components;

/// <summary>A building block that has something running on components and must know when one of them is replaced.</summary>
internal interface IComponentListener
{
    /// <summary>A component is about to be replaced or to go: what runs on it ends, after what is under way.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="patience">Cuts what is still under way.</param>
    Task OnComponentLeavingAsync(string name, CancellationToken patience) => Task.CompletedTask;

    /// <summary>A component came, was replaced or is gone: what is to run on it begins.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellation">The sidecar stops.</param>
    Task OnComponentChangedAsync(string name, CancellationToken cancellation);
}
