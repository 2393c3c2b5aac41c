namespace NexusCart.Sidecar.Resources;

/// <summary>A component as its YAML declares it, with secrets and templates already resolved.</summary>
public sealed record ComponentSpec
{
    /// <summary>Name the app uses.</summary>
    public required string Name { get; init; }

    /// <summary>Type such as <c>state.sqlite</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Version such as <c>v1</c>.</summary>
    public string Version { get; init; } = "v1";

    /// <summary>Settings; names are compared without regard to case.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>Go on without the component when its initialisation fails.</summary>
    public bool IgnoreErrors { get; init; }

    /// <summary>How long initialisation may take.</summary>
    public TimeSpan InitTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The setting under <paramref name="name"/>, or null when it is absent or empty.</summary>
    public string? Find(string name) =>
        Metadata.TryGetValue(name, out var value) && value.Length > 0 ? value : null;
}
