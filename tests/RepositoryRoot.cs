namespace NexusCart.Tests;

/// <summary>The folder of the repository, found from the test program upwards; compiled into every test project.</summary>
internal static class RepositoryRoot
{
    /// <summary>The folder of NexusCart.sln.</summary>
    /// <exception cref="DirectoryNotFoundException">The program does not run inside the repository.</exception>
    public static string Folder { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "NexusCart.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException($"NexusCart.sln is in no folder above {AppContext.BaseDirectory}.");
    }
}
