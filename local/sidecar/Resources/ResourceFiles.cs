namespace NexusCart.Sidecar.Resources;

/// <summary>Which files of a resource folder are read.</summary>
internal static class ResourceFiles
{
    /// <summary>Whether a file is read.</summary>
    public static bool IsOne(string path) => Path.GetExtension(path).ToUpperInvariant() is ".YAML" or ".YML";

    /// <summary>The files of a folder, in order.</summary>
    public static IEnumerable<string> In(string folder) => Directory.EnumerateFiles(folder).Where(IsOne).Order(StringComparer.Ordinal);
}
