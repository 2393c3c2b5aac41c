using System.Xml.Linq;

namespace NexusCart.Tests.Architecture;

/// <summary>A file of the repository.</summary>
/// <param name="Path">From the root, with forward slashes: "services/orders/Program.cs".</param>
/// <param name="FullPath">On this machine.</param>
public sealed record SourceFile(string Path, string FullPath)
{
    public string[] Lines => File.ReadAllLines(FullPath);

    public string Text => File.ReadAllText(FullPath);

    public override string ToString() => Path;
}

/// <summary>A project and what it refers to, with what Directory.Build.props adds.</summary>
public sealed record Project(string Path, IReadOnlyList<string> Projects, IReadOnlyList<string> Packages)
{
    public string Folder => Path[..Path.LastIndexOf('/')];

    /// <summary>The name of the program it builds, without its extension.</summary>
    public string AssemblyName =>
        XDocument.Load(System.IO.Path.Combine(Repository.Root, Path)).Descendants("AssemblyName").FirstOrDefault()?.Value
        ?? System.IO.Path.GetFileNameWithoutExtension(Path);
}

/// <summary>The repository as it lies on disk, found from the test program upwards.</summary>
public static class Repository
{
    private static readonly string[] Skipped = ["bin", "obj", "node_modules", "dist", ".git", ".nexuscart", "artifacts", "TestResults"];

    public static string Root { get; } = RepositoryRoot.Folder;

    public static IReadOnlyList<SourceFile> Files { get; } = [.. Walk(new DirectoryInfo(Root))];

    public static IReadOnlyList<Project> Projects { get; } = [.. Files.Where(f => f.Path.EndsWith(".csproj", StringComparison.Ordinal)).Select(Read)];

    public static IEnumerable<SourceFile> Code(params string[] folders) => Files.Where(file =>
        file.Path.EndsWith(".cs", StringComparison.Ordinal) && !IsGenerated(file.Path)
        && (folders.Length == 0 || folders.Any(folder => file.Path.StartsWith(folder + "/", StringComparison.Ordinal))));

    public static bool IsGenerated(string path) => path.EndsWith(".g.cs", StringComparison.Ordinal) || path.EndsWith(".generated.cs", StringComparison.Ordinal);

    private static IEnumerable<SourceFile> Walk(DirectoryInfo folder)
    {
        foreach (var file in folder.EnumerateFiles())
            yield return new SourceFile(System.IO.Path.GetRelativePath(Root, file.FullName).Replace('\\', '/'), file.FullName);
        foreach (var inner in folder.EnumerateDirectories().Where(d => !Skipped.Contains(d.Name)))
        {
            foreach (var file in Walk(inner)) yield return file;
        }
    }

    private static Project Read(SourceFile file)
    {
        var documents = PropsAbove(file).Append(file).Select(f => (f, XDocument.Load(f.FullPath))).ToList();
        var projects = from entry in documents
                       from reference in entry.Item2.Descendants("ProjectReference")
                       select Resolve(entry.f, (string)reference.Attribute("Include")!);
        var packages = from entry in documents
                       from reference in entry.Item2.Descendants("PackageReference")
                       select (string)reference.Attribute("Include")!;
        return new Project(file.Path, [.. projects.Distinct()], [.. packages.Distinct()]);
    }

    /// <summary>Every Directory.Build.props from the root down: each imports the one above it.</summary>
    private static IEnumerable<SourceFile> PropsAbove(SourceFile project) => Files.Where(file =>
        file.Path.EndsWith("Directory.Build.props", StringComparison.Ordinal)
        && project.Path.StartsWith(file.Path[..^"Directory.Build.props".Length], StringComparison.Ordinal));

    private static string Resolve(SourceFile from, string include)
    {
        var path = include.Replace('\\', '/');
        var full = path.StartsWith("$(RepoRoot)", StringComparison.Ordinal)
            ? System.IO.Path.Combine(Root, path["$(RepoRoot)".Length..])
            : System.IO.Path.Combine(System.IO.Path.GetDirectoryName(from.FullPath)!, path);
        return System.IO.Path.GetRelativePath(Root, System.IO.Path.GetFullPath(full)).Replace('\\', '/');
    }
}
