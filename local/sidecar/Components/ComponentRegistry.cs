using System.Diagnostics.CodeAnalysis;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Components;

/// <summary>A component that is up, with its declaration.</summary>
public sealed record LoadedComponent(ComponentSpec Spec, IComponent Driver);

/// <summary>The components of one sidecar, by name. Reading takes no lock and sees a change as a whole or not at all.</summary>
public sealed class ComponentRegistry : IAsyncDisposable
{
    private readonly Lock _changing = new();
    private volatile Snapshot _current = new([]);

    /// <summary>Every component, in the order it was loaded.</summary>
    public IReadOnlyList<LoadedComponent> All => _current.InOrder;

    /// <summary>Adds a component that has been initialised.</summary>
    public void Add(LoadedComponent component)
    {
        lock (_changing)
            _current = new Snapshot([.. _current.InOrder, component]);
    }

    /// <summary>Puts a component in the place of the one of its name; the former one, or null when there was none.</summary>
    public LoadedComponent? Replace(LoadedComponent component)
    {
        lock (_changing)
        {
            var former = _current.ByName.GetValueOrDefault(component.Spec.Name);
            _current = former is null
                ? new Snapshot([.. _current.InOrder, component])
                : new Snapshot([.. _current.InOrder.Select(other => ReferenceEquals(other, former) ? component : other)]);
            return former;
        }
    }

    /// <summary>Takes a component out; null when there is none of the name. It is not closed.</summary>
    public LoadedComponent? Remove(string name)
    {
        lock (_changing)
        {
            if (!_current.ByName.TryGetValue(name, out var former))
                return null;
            _current = new Snapshot([.. _current.InOrder.Where(other => !ReferenceEquals(other, former))]);
            return former;
        }
    }

    /// <summary>Every component that serves the building block <typeparamref name="T"/>.</summary>
    public IEnumerable<(ComponentSpec Spec, T Driver)> OfKind<T>()
        where T : class, IComponent =>
        from component in _current.InOrder
        where component.Driver is T
        select (component.Spec, (T)component.Driver);

    /// <summary>The component of this name, when it serves <typeparamref name="T"/>.</summary>
    public bool TryGet<T>(string name, [NotNullWhen(true)] out T? driver, [NotNullWhen(true)] out ComponentSpec? spec)
        where T : class, IComponent
    {
        if (_current.ByName.TryGetValue(name, out var component) && component.Driver is T match)
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
        Snapshot last;
        lock (_changing)
        {
            last = _current;
            _current = new Snapshot([]);
        }

        for (var i = last.InOrder.Count - 1; i >= 0; i--)
            await last.InOrder[i].Driver.DisposeAsync();
    }

    private sealed class Snapshot(IReadOnlyList<LoadedComponent> inOrder)
    {
        public IReadOnlyList<LoadedComponent> InOrder => inOrder;

        public Dictionary<string, LoadedComponent> ByName { get; } = inOrder.ToDictionary(component => component.Spec.Name, StringComparer.Ordinal);
    }
}
