using System.Diagnostics;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Tests.Sidecar.Run;

/// <summary>The <c>run</c> command as a process, its run file on the standard input.</summary>
public sealed class RunCommandTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task App_that_fails_stops_everything_when_asked_to_and_a_task_that_is_done_does_not()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the apps are shell scripts");
        Directory.CreateDirectory(_folder.File("app"));

        var (code, output) = await RunAsync(["--on-exit", "stop"], $$"""
            version: 1
            apps:
              - { appID: task, appDirPath: app, daprHTTPPort: {{FreePorts.Next()}}, daprGRPCPort: {{FreePorts.Next()}}, command: [sh, -c, "touch done"] }
              - { appID: short, appDirPath: app, daprHTTPPort: {{FreePorts.Next()}}, daprGRPCPort: {{FreePorts.Next()}}, command: [sh, -c, "echo here; while [ ! -f done ]; do sleep 0.05; done; exit 7"] }
              - { appID: long, appDirPath: app, daprHTTPPort: {{FreePorts.Next()}}, daprGRPCPort: {{FreePorts.Next()}}, command: [sh, -c, "trap 'echo told to end; exit 0' TERM; while :; do sleep 0.05; done"] }
            """);

        Assert.Equal(1, code);
        Assert.Contains("✗ short has ended with exit code 7; its last lines:", output);
        Assert.Contains("== APP - short == here", output);
        Assert.Contains(output, text => text.StartsWith("stopped after", StringComparison.Ordinal));
        Assert.DoesNotContain(output, text => text.Contains("was killed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Standard_input_without_apps_is_an_error()
    {
        var (code, output) = await RunAsync([], "version: 1\n");

        Assert.Equal(1, code);
        Assert.Contains("✗ Error getting apps from config file: -: No apps to run", output);
    }

    public void Dispose() => _folder.Dispose();

    // Relative paths of a file from the standard input start from the working folder.
    private async Task<(int Code, string[] Output)> RunAsync(IEnumerable<string> flags, string file)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "nexuscart-sidecar.dll"), "run", "-f", "-", "--no-build", .. flags])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        try
        {
            await process.StandardInput.WriteAsync(file);
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync().WaitAsync(Patience);
            return (process.ExitCode, (await output).Split('\n', StringSplitOptions.TrimEntries));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
