namespace NexusCart.Tests.Harness;

/// <summary>Where things lie in the repository the tests run from.</summary>
public static class RepoPaths
{
    /// <summary>The folder of NexusCart.sln.</summary>
    public static string Root { get; } = RepositoryRoot.Folder;

    /// <summary>The profiles and their secrets.</summary>
    public static string Components => Path.Combine(Root, "components");

    /// <summary>The sidecar program as built with this test assembly's configuration.</summary>
    public static string Sidecar => Path.Combine(Root, "local", "sidecar", "bin", Configuration, "net10.0", "nexuscart-sidecar.dll");

    /// <summary>The command line's program, <c>nexuscart</c>.</summary>
    public static string CommandLine => Path.Combine(Root, "cli", "bin", Configuration, "net10.0", "nexuscart.dll");

    /// <summary>Real data for imports beside the repository; absent on most machines.</summary>
    public static string SharedData => Path.GetFullPath(Path.Combine(Root, "..", "shared", "data"));

    /// <summary>What this assembly was built as; the programs of a shop are started as built the same way.</summary>
    public static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
}
