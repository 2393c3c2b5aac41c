namespace NexusCart.Sidecar.Testing;

/// <summary>Writes the resource files of a fixture.</summary>
internal static class FixtureResources
{
    /// <summary>The components in memory, named as Dapr's own quickstarts name them.</summary>
    private static readonly (string Name, string Yaml)[] InMemory =
    [
        ("statestore", Component("statestore", "state.in-memory", ("actorStateStore", "true"))),
        ("pubsub", Component("pubsub", "pubsub.in-memory")),
        ("lockstore", Component("lockstore", "lock.embedded")),
        ("secretstore", Component("secretstore", "secretstores.local.env")),
    ];

    public static string Component(string name, string type, params (string Name, string Value)[] metadata) =>
        $"""
         apiVersion: dapr.io/v1alpha1
         kind: Component
         metadata:
           name: {Quoted(name)}
         spec:
           type: {Quoted(type)}
           version: v1
           metadata: [{string.Join(", ", metadata.Select(item => $"{{ name: {Quoted(item.Name)}, value: {Quoted(item.Value)} }}"))}]
         """;

    /// <summary>Writes what the options ask for and returns the folders to load.</summary>
    public static IReadOnlyList<string> Write(SidecarFixtureOptions options, string folder)
    {
        Directory.CreateDirectory(folder);
        var own = options.ResourcesPath is null ? InMemory.Where(entry => !options.Replaced.Contains(entry.Name)).Select(entry => entry.Yaml) : [];
        File.WriteAllText(Path.Combine(folder, "fixture.yaml"), string.Join("\n---\n", own.Concat(options.Components)) + "\n");
        return options.ResourcesPath is null ? [folder] : [options.ResourcesPath, folder];
    }

    // A YAML string in single quotes escapes nothing but the quote.
    private static string Quoted(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";
}
