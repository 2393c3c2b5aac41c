using System.CommandLine;
using NexusCart.Sidecar.Hosting.Run;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Hosting.Commands;

/// <summary><c>run -f dapr.yaml</c>: all apps of a run file.</summary>
internal static class RunCommand
{
    private static readonly Option<string> FileOption = new("--run-file", "-f")
    {
        Description = "The run file, a folder with a dapr.yaml in it, or - for the standard input.",
        DefaultValueFactory = _ => ".",
    };

    private static readonly Option<string[]> ResourcesOption = new("--resources-path", "--resources-paths")
    {
        Description = "Folder with components; replaces the paths of the run file. May be given more than once.",
    };

    private static readonly Option<string?> DataOption = new("--data-dir")
    {
        Description = "Where state, messages and schedules are kept; .nexuscart/data beside the run file when not given.",
    };

    private static readonly Option<bool> BuildOption = new("--build")
    {
        Description = "Build the solution beside the run file even when nothing seems to have changed.",
    };

    private static readonly Option<bool> NoBuildOption = new("--no-build") { Description = "Do not build." };

    private static readonly Option<OnExit> OnExitOption = new("--on-exit")
    {
        Description = "What to do when an app ends by itself: report it, stop everything, or restart the app.",
        DefaultValueFactory = _ => OnExit.Report,
    };

    private static readonly Option<bool> StrictOption = new("--strict")
    {
        Description = "Behave as daprd does even where it is wrong (docs/dapr-compatibility.md).",
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("run", "Run the apps of a run file, each with its sidecar.")
        {
            FileOption, ResourcesOption, DataOption, BuildOption, NoBuildOption, OnExitOption, StrictOption,
        };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction((result, _) => RunAsync(result));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult result)
    {
        using var console = RunConsole.Standard();
        using var signals = new StopSignals();
        if (result.UnmatchedTokens.Count > 0)
        {
            console.Warning(
                "The following flags are ignored when using --run-file and should be configured in the run file instead: "
                + string.Join(' ', result.UnmatchedTokens));
        }

        try
        {
            var file = RunFile.Load(RunFile.Locate(result.GetValue(FileOption)!), new RunOverrides
            {
                ResourcePaths = result.GetValue(ResourcesOption) is { Length: > 0 } paths ? ExistingFolders(paths) : null,
                Strict = result.GetValue(StrictOption),
            });
            var settings = new RunSettings(
                Path.GetFullPath(result.GetValue(DataOption) ?? Path.Combine(file.Folder, ".nexuscart", "data")),
                result.GetValue(NoBuildOption) ? BuildMode.Never : result.GetValue(BuildOption) ? BuildMode.Always : BuildMode.WhenNeeded,
                result.GetValue(OnExitOption));
            using var runner = new MultiAppRunner(file, settings, console, TimeProvider.System);
            return await runner.RunAsync(signals.Stop, signals.Kill);
        }
        catch (ResourceException e)
        {
            console.Error($"Error getting apps from config file: {e.Message}");
            return 1;
        }
    }

    private static List<string> ExistingFolders(string[] paths) =>
        [.. paths.Select(Path.GetFullPath).Select(path => Directory.Exists(path)
            ? path
            : throw new ResourceException($"--resources-path '{path}' does not exist"))];
}
