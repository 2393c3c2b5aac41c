using System.Diagnostics;
using System.Text.Json.Nodes;

namespace NexusCart.Sidecar.Hosting.Run;

/// <summary>When to build before a run.</summary>
internal enum BuildMode
{
    /// <summary>When a program is missing or sources are newer than the last build.</summary>
    WhenNeeded,

    /// <summary>In any case.</summary>
    Always,

    /// <summary>Never.</summary>
    Never,
}

/// <summary>
/// Builds the solution beside the run file once, so that the apps start as built programs: of its projects those the run file starts,
/// not its tests, nor this very program. A build that would do nothing still takes seconds; whether it is needed is seen from the
/// times of the files.
/// </summary>
/// <param name="folder">The run file's folder.</param>
/// <param name="stampFile">Says when the last build was; the build's own files lie beside it.</param>
/// <param name="appFolders">The folders of the apps.</param>
internal sealed class SolutionBuild(string folder, string stampFile, IReadOnlyCollection<string> appFolders)
{
    private static readonly string[] SourceExtensions =
        [".cs", ".csproj", ".props", ".targets", ".proto", ".json", ".editorconfig", ".sln", ".slnx", ".resx"];

    private static readonly HashSet<string> SkippedFolders = new(StringComparer.OrdinalIgnoreCase)
    {
        "bin", "obj", "node_modules", "TestResults", "artifacts", "tests", "bench", "docs",
    };

    /// <summary>The solution beside the run file, or null when there is none (or no telling which).</summary>
    public string? Solution { get; } = Directory.EnumerateFiles(folder)
        .Where(file => Path.GetExtension(file) is ".sln" or ".slnx")
        .ToList() is [var only] ? only : null;

    /// <summary>Whether sources are newer than the programs.</summary>
    public bool IsNeeded(IEnumerable<string> programs)
    {
        if (Solution is null)
            return false;
        var oldest = DateTime.MaxValue;
        foreach (var program in programs)
        {
            if (!File.Exists(program))
                return true;
            var written = File.GetLastWriteTimeUtc(program);
            oldest = written < oldest ? written : oldest;
        }

        // A build leaves programs alone whose inputs did not change, so its own time counts as well.
        var stamp = File.Exists(stampFile) ? File.GetLastWriteTimeUtc(stampFile) : DateTime.MinValue;
        var built = stamp > oldest ? stamp : oldest;
        return Sources(new DirectoryInfo(folder)).Any(file => file.LastWriteTimeUtc > built);
    }

    /// <summary>Builds; the lines of a build that fails go to <paramref name="line"/>.</summary>
    /// <returns>Whether it succeeded.</returns>
    public async Task<bool> RunAsync(Action<string> line, CancellationToken cancellation)
    {
        var started = DateTime.UtcNow;
        Directory.CreateDirectory(Path.GetDirectoryName(stampFile)!);
        using var build = Process.Start(new ProcessStartInfo("dotnet", ["build", Filter() ?? Solution!, "-v", "q", "-nologo", "-clp:NoSummary", "--tl:off"])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            await Task.WhenAll(PumpAsync(build.StandardOutput, line, cancellation), PumpAsync(build.StandardError, line, cancellation));
            await build.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            build.Kill(entireProcessTree: true);
            throw;
        }

        if (build.ExitCode != 0)
            return false;
        await File.WriteAllTextAsync(stampFile, "", cancellation);
        File.SetLastWriteTimeUtc(stampFile, started);
        return true;
    }

    /// <summary>A solution filter of the projects in the apps' folders; null when there are none, and the whole solution is meant.</summary>
    private string? Filter()
    {
        var projects = new JsonArray();
        foreach (var project in appFolders.Distinct().SelectMany(app => Directory.EnumerateFiles(app, "*.*proj")))
            projects.Add(Path.GetRelativePath(folder, project).Replace('/', '\\'));
        if (projects.Count == 0)
            return null;

        var path = Path.ChangeExtension(stampFile, ".slnf");
        var solution = Path.GetRelativePath(Path.GetDirectoryName(path)!, Solution!);
        File.WriteAllText(path, new JsonObject { ["solution"] = new JsonObject { ["path"] = solution, ["projects"] = projects } }.ToJsonString());
        return path;
    }

    private static async Task PumpAsync(StreamReader reader, Action<string> line, CancellationToken cancellation)
    {
        while (await reader.ReadLineAsync(cancellation) is { } text)
        {
            if (text.Length > 0)
                line(text);
        }
    }

    private static IEnumerable<FileInfo> Sources(DirectoryInfo directory)
    {
        foreach (var entry in directory.EnumerateFileSystemInfos())
        {
            switch (entry)
            {
                case DirectoryInfo child when !SkippedFolders.Contains(child.Name) && !child.Name.StartsWith('.'):
                    foreach (var file in Sources(child))
                        yield return file;
                    break;
                case FileInfo file when SourceExtensions.Contains(file.Extension):
                    yield return file;
                    break;
            }
        }
    }
}
