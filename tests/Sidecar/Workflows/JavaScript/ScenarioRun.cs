using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace NexusCart.Tests.Sidecar.Workflows.JavaScript;

/// <summary>One run of the scenario program over some scenarios; it begins with the first outcome asked for.</summary>
public abstract partial class ScenarioRun : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(6);

    private readonly ConcurrentDictionary<string, TaskCompletionSource<(bool Passed, string Line)>> _outcomes;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Lazy<Task> _run;
    private readonly bool _strict;
    private ScenarioSidecars? _sidecars;
    private volatile Process? _program;

    protected ScenarioRun(IEnumerable<string> names, bool strict)
    {
        _strict = strict;
        _outcomes = new(names.Select(name => KeyValuePair.Create(
            name, new TaskCompletionSource<(bool, string)>(TaskCreationOptions.RunContinuationsAsynchronously))));
        _run = new Lazy<Task>(RunAsync);
    }

    /// <summary>All scenarios.</summary>
    public static IEnumerable<string> Names => Directory.EnumerateFiles(Path.Combine(Folder, "expected"), "*.json")
        .Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal);

    /// <summary>Why they cannot run here; null when they can.</summary>
    public static string? WhyNot { get; } =
        OperatingSystem.IsWindows() ? "the scenarios restart their sidecar by a shell script"
        : !Directory.Exists(Path.Combine(Folder, "node_modules")) ? "its packages are not installed: npm ci in tests/Sidecar/Workflows/js"
        : !IsOnPath("node") ? "Node.js is not installed"
        : null;

    private static string Folder => Path.Combine(RepositoryRoot.Folder, "tests", "Sidecar", "Workflows", "js");

    /// <summary>How a scenario ended: whether as recorded, and the line the program wrote.</summary>
    public async Task<(bool Passed, string Line)> OutcomeAsync(string name)
    {
        _ = _run.Value;
        return await _outcomes[name].Task;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_run.IsValueCreated)
        {
            if (_program is { } program)
                Kill(program);
            await _run.Value;
        }

        GC.SuppressFinalize(this);
    }

    private async Task RunAsync()
    {
        try
        {
            await using var sidecars = _sidecars = await ScenarioSidecars.StartAsync(_strict);
            using var limit = new CancellationTokenSource(Limit);
            await RunProgramAsync(sidecars, isLast: false, limit.Token);
            // The times of a scenario are fixed in what was recorded, and a busy machine misses them: what failed is run once more.
            if (_outcomes.Values.Any(static outcome => !outcome.Task.IsCompleted))
                await RunProgramAsync(sidecars, isLast: true, limit.Token);
            GiveUp("the program ended before it");
        }
        catch (Exception e)
        {
            GiveUp(e.ToString());
        }
    }

    private async Task RunProgramAsync(ScenarioSidecars sidecars, bool isLast, CancellationToken limit)
    {
        using var program = _program = Process.Start(new ProcessStartInfo("node")
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            ArgumentList =
            {
                "run.mjs", "--http-port", $"{sidecars.HttpPort}", "--grpc-port", $"{sidecars.GrpcPort}",
                "--app2-grpc-port", $"{sidecars.SecondGrpcPort}", "--restart-cmd", sidecars.RestartCommand,
                "--only", $"^({string.Join('|', _outcomes.Where(static outcome => !outcome.Value.Task.IsCompleted).Select(static outcome => outcome.Key))})$",
            },
        })!;
        try
        {
            await using var overdue = limit.Register(() => Kill(program));
            while (await program.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
                Read(line, isLast);
            await program.WaitForExitAsync(CancellationToken.None);
        }
        finally
        {
            _program = null;
        }
    }

    private static void Kill(Process program)
    {
        try
        {
            program.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended meanwhile.
        }
    }

    private void Read(string line, bool isLast)
    {
        _lines.Enqueue(line);
        if (LinePattern().Match(line) is not { Success: true } match || !_outcomes.TryGetValue(match.Groups["name"].Value, out var outcome))
            return;
        var passed = match.Groups["kind"].Value == "ok";
        if (passed || isLast)
            outcome.TrySetResult((passed, line));
    }

    private void GiveUp(string reason)
    {
        foreach (var outcome in _outcomes.Values)
            outcome.TrySetResult((false, $"{reason}{Environment.NewLine}{string.Join(Environment.NewLine, _lines)}{Environment.NewLine}{_sidecars?.Log}"));
    }

    private static bool IsOnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    [GeneratedRegex(@"^(?<kind>ok|FAIL|skip)\s+(?<name>\S+) \(")]
    private static partial Regex LinePattern();
}
