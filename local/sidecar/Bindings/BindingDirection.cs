using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Bindings;

/// <summary>Which ways a component is used: its setting <c>direction</c>, a list of <c>input</c> and <c>output</c>; both when not said.</summary>
internal static class BindingDirection
{
    private const string Setting = "direction";

    /// <summary>Whether it may bring events in.</summary>
    public static bool AllowsInput(ComponentSpec spec) => spec.Find(Setting) is null || IsInput(spec);

    /// <summary>Whether it says that it brings events in, so that the app need not be asked.</summary>
    public static bool IsInput(ComponentSpec spec) => Has(spec, "input");

    /// <summary>Whether it may be invoked.</summary>
    public static bool AllowsOutput(ComponentSpec spec) => spec.Find(Setting) is null || Has(spec, "output");

    private static bool Has(ComponentSpec spec, string direction) =>
        spec.Find(Setting)?.Split(',', StringSplitOptions.TrimEntries).Contains(direction, StringComparer.OrdinalIgnoreCase) == true;
}
