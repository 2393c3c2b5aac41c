using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Tests.Sidecar.Workflows.JavaScript;

/// <summary>
/// The sidecars <c>wfapp</c> and <c>wfapp2</c> in one process of its own, that a scenario may kill and start again by
/// <see cref="RestartCommand"/>. Workers connect to them; there is no app behind.
/// </summary>
internal sealed class ScenarioSidecars : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();

    private ScenarioSidecars()
    {
    }

    public int HttpPort { get; } = FreePorts.Next();

    public int GrpcPort { get; } = FreePorts.Next();

    public int SecondGrpcPort { get; } = FreePorts.Next();

    /// <summary>Kills the process with SIGKILL and starts it again; ends when it answers.</summary>
    public string RestartCommand => $"bash '{Script}' restart";

    /// <summary>What the process wrote.</summary>
    public string Log => File.Exists(InFolder("log.txt")) ? File.ReadAllText(InFolder("log.txt")) : "";

    private int SecondHttpPort { get; } = FreePorts.Next();

    private string Script => InFolder("sidecars.sh");

    public static async Task<ScenarioSidecars> StartAsync(bool strict)
    {
        var sidecars = new ScenarioSidecars();
        sidecars.WriteFiles(strict);
        using var start = Process.Start("bash", [sidecars.Script, "start"]);
        await start.WaitForExitAsync();
        return start.ExitCode == 0 ? sidecars : throw new InvalidOperationException($"the sidecars did not start: {sidecars.Log}");
    }

    public ValueTask DisposeAsync()
    {
        try
        {
            using var process = Process.GetProcessById(int.Parse(File.ReadAllText(InFolder("pid")), CultureInfo.InvariantCulture));
            process.Kill();
            process.WaitForExit(TimeSpan.FromSeconds(5));
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // It has ended.
        }

        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private string InFolder(string name) => Path.Combine(_folder.Path, name);

    private void WriteFiles(bool strict)
    {
        foreach (var folder in (string[])["components", "one", "two"])
            Directory.CreateDirectory(InFolder(folder));
        File.WriteAllText(InFolder("components/state.yaml"), """
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: { name: statestore }
            spec:
              type: state.sqlite
              version: v1
              metadata:
                - { name: connectionString, value: state.db }
                - { name: actorStateStore, value: "true" }
            """);
        File.WriteAllText(InFolder("dapr.yaml"), $$"""
            version: 1
            common: { resourcesPaths: [components] }
            apps:
              - { appID: wfapp, appDirPath: one, daprHTTPPort: {{HttpPort}}, daprGRPCPort: {{GrpcPort}} }
              - { appID: wfapp2, appDirPath: two, daprHTTPPort: {{SecondHttpPort}}, daprGRPCPort: {{SecondGrpcPort}} }
            """);
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var program = Path.Combine(AppContext.BaseDirectory, "nexuscart-sidecar.dll");
        File.WriteAllText(Script, $$"""
            cd '{{_folder.Path}}'
            if [ "$1" = restart ]; then kill -9 "$(cat pid)"; fi
            '{{dotnet}}' '{{program}}' run -f dapr.yaml --no-build {{(strict ? "--strict" : "")}} >> log.txt 2>&1 < /dev/null &
            echo $! > pid
            up() { exec 3<> "/dev/tcp/127.0.0.1/$1" && printf 'GET /v1.0/healthz HTTP/1.0\r\n\r\n' >&3 && head -1 <&3 | grep -q 204; }
            for _ in $(seq 600); do
              if (up {{HttpPort}} && up {{SecondHttpPort}}) 2> /dev/null; then exit 0; fi
              sleep 0.05
            done
            exit 1
            """.ReplaceLineEndings("\n"));
    }
}
