using System.Diagnostics.CodeAnalysis;

namespace NexusCart.Sidecar.Components;

/// <summary>The drivers by component type string. A driver implements one or more of the building blocks' interfaces.</summary>
public sealed class ComponentTypes
{
    private readonly Dictionary<string, Func<ComponentContext, IComponent>> _factories = new(StringComparer.Ordinal);

    /// <summary>Makes a type known; a second registration of the same type replaces the first.</summary>
    public ComponentTypes Add(string type, Func<ComponentContext, IComponent> create)
    {
        _factories[type] = create;
        return this;
    }

    /// <summary>Whether a component of this type can be made here.</summary>
    public bool TryGet(string type, [NotNullWhen(true)] out Func<ComponentContext, IComponent>? create) =>
        _factories.TryGetValue(type, out create);
}
