using System.Diagnostics.CodeAnalysis;
using NexusCart.Sidecar.Resources;

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

    /// <summary>The same types, each of whose components is made and then handed to <paramref name="wrap"/>.</summary>
    public ComponentTypes Wrap(Func<IComponent, ComponentSpec, IComponent> wrap)
    {
        var wrapped = new ComponentTypes();
        foreach (var (type, create) in _factories)
            wrapped.Add(type, context => wrap(create(context), context.Spec));
        return wrapped;
    }

    /// <summary>Whether a component of this type can be made here.</summary>
    public bool TryGet(string type, [NotNullWhen(true)] out Func<ComponentContext, IComponent>? create) =>
        _factories.TryGetValue(type, out create);
}
