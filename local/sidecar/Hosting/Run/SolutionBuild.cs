using System.Diagnostics;

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
/// Builds the solution beside the run file once, so that the apps start as built programs. A build that would do nothing still takes
/// seconds; whether it is needed is seen from the times of the files.
/// </summary>
internal sealed class SolutionBuild(string folder, string stampFile)
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
        using var build = Process.Start(new ProcessStartInfo("dotnet", ["build", Solution!, "-v", "q", "-nologo", "-clp:NoSummary", "--tl:off"])
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
        Directory.CreateDirectory(Path.GetDirectoryName(stampFile)!);
        await File.WriteAllTextAsync(stampFile, "", cancellation);
        File.SetLastWriteTimeUtc(stampFile, started);
        return true;
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
