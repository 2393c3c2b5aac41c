using System.Diagnostics.CodeAnalysis;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Components;

/// <summary>A component that is up, with its declaration.</summary>
public sealed record LoadedComponent(ComponentSpec Spec, IComponent Driver);

/// <summary>The components of one sidecar, by name.</summary>
public sealed class ComponentRegistry : IAsyncDisposable
{
    private readonly Dictionary<string, LoadedComponent> _byName = new(StringComparer.Ordinal);
    private readonly List<LoadedComponent> _inOrder = [];

    /// <summary>Every component, in the order it was loaded.</summary>
    public IReadOnlyList<LoadedComponent> All => _inOrder;

    /// <summary>Adds a component that has been initialised.</summary>
    public void Add(LoadedComponent component)
    {
        _byName.Add(component.Spec.Name, component);
        _inOrder.Add(component);
    }

    /// <summary>Every component that serves the building block <typeparamref name="T"/>.</summary>
    public IEnumerable<(ComponentSpec Spec, T Driver)> OfKind<T>()
        where T : class, IComponent =>
        from component in _inOrder
        where component.Driver is T
        select (component.Spec, (T)component.Driver);

    /// <summary>The component of this name, when it serves <typeparamref name="T"/>.</summary>
    public bool TryGet<T>(string name, [NotNullWhen(true)] out T? driver, [NotNullWhen(true)] out ComponentSpec? spec)
        where T : class, IComponent
    {
        if (_byName.TryGetValue(name, out var component) && component.Driver is T match)
        {
            (driver, spec) = (match, component.Spec);
            return true;
        }

        (driver, spec) = (null, null);
        return false;
    }

    /// <summary>Closes all components, last loaded first.</summary>
    public async ValueTask DisposeAsync()
    {
        for (var i = _inOrder.Count - 1; i >= 0; i--)
            await _inOrder[i].Driver.DisposeAsync();
        _inOrder.Clear();
        _byName.Clear();
    }
}
