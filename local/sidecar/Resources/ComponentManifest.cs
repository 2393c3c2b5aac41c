namespace NexusCart.Sidecar.Resources;

/// <summary>A component as it stands in its file: secrets are still references, templates still text.</summary>
/// <param name="Name">metadata.name.</param>
/// <param name="Type">spec.type.</param>
/// <param name="Version">spec.version.</param>
/// <param name="Items">spec.metadata, in order.</param>
/// <param name="IgnoreErrors">spec.ignoreErrors.</param>
/// <param name="InitTimeout">spec.initTimeout.</param>
/// <param name="SecretStore">auth.secretStore, or null.</param>
/// <param name="Source">File and line, for messages.</param>
public sealed record ComponentManifest(
    string Name,
    string Type,
    string Version,
    IReadOnlyList<ComponentManifest.Item> Items,
    bool IgnoreErrors,
    TimeSpan InitTimeout,
    string? SecretStore,
    string Source)
{
    /// <summary>The file it stands in.</summary>
    public string File => Source[..Math.Max(0, Source.LastIndexOf(':'))];

    /// <summary>One setting: a value, a reference into a secret store, or the name of an environment variable.</summary>
    public sealed record Item(string Name, string? Value, SecretRef? Secret, string? EnvironmentVariable);

    /// <summary>A key of a secret; <paramref name="Key"/> is <paramref name="Name"/> when the file leaves it out.</summary>
    public sealed record SecretRef(string Name, string Key);
}
