namespace NexusCart.Tests.Harness;

/// <summary>What tests need that run programs of Node.js.</summary>
public static class NodePrograms
{
    /// <summary>Whether <c>node</c> is on the path.</summary>
    public static bool IsNodeInstalled { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, OperatingSystem.IsWindows() ? "node.exe" : "node")));
}
