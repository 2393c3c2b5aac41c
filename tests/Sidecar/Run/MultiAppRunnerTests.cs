using System.Diagnostics;
using System.Text.Json.Nodes;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Hosting.Run;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Tests.Sidecar.Run;

/// <summary>
/// Runs of a few real processes. Their program is our own: as a sidecar it listens, answers and ends on a signal, as an app does.
/// </summary>
public sealed class MultiAppRunnerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("run-").FullName;
    private readonly StringWriter _output = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _kill = new();

    [Fact]
    public async Task Starts_all_says_so_once_and_stops_gently()
    {
        var (one, two) = (AppText("one"), AppText("two"));
        var run = Task.Run(() => RunAsync($"version: 1\nname: tiny\napps:\n{one.Yaml}{two.Yaml}"));

        await SeeAsync("all 2 apps are up after");
        using var http = new HttpClient();
        var metadata = JsonNode.Parse(await http.GetStringAsync($"http://localhost:{one.HttpPort}/v1.0/metadata"))!["extended"]!;
        var pid = int.Parse((string)metadata["appPID"]!, null);
        Assert.Equal("tiny", (string?)metadata["runTemplateName"]);
        Assert.Equal($"{Environment.ProcessId}", (string?)metadata["cliPID"]);
        Assert.Contains("dapr initialized", await File.ReadAllTextAsync((string)metadata["daprdLogPath"]!), StringComparison.Ordinal);
        Assert.NotNull(ProcessTree.Identify(pid));

        await _stop.CancelAsync();
        Assert.Equal(0, await run.WaitAsync(Patience));
        Assert.Null(ProcessTree.Identify(pid));
        Assert.Contains("✓ one is ready after", Output, StringComparison.Ordinal);
        Assert.Contains("== APP - two ==", Output, StringComparison.Ordinal);
        Assert.DoesNotContain("was killed", Output, StringComparison.Ordinal);
        Assert.StartsWith("== APP - one ==", await File.ReadAllTextAsync((string)metadata["appLogPath"]!), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder, "data", "run.pids")));
    }

    [Fact]
    public async Task App_that_fails_is_reported_with_its_last_lines_and_the_run_goes_on()
    {
        var good = AppText("good");
        var run = Task.Run(() => RunAsync($$"""
            version: 1
            apps:
            {{good.Yaml}}
              - appID: bad
                appDirPath: .
                command: [dotnet, "{{Program}}", sidecar, --app-id, x, --log-level, nonsense]
            """));

        await SeeAsync("bad has ended with exit code 1; its last lines:");
        await SeeAsync("    ✗ --log-level 'nonsense' cannot be used");
        await SeeAsync("good is ready after");
        await _stop.CancelAsync();

        Assert.Equal(1, await run.WaitAsync(Patience));
    }

    [Fact]
    public async Task App_is_started_again_when_asked_to()
    {
        var app = AppText("again");
        var run = Task.Run(() => RunAsync($"version: 1\napps:\n{app.Yaml}", OnExit.Restart));
        await SeeAsync("again is up after");
        var first = await ProcessIdAsync(app.HttpPort);

        Process.GetProcessById(first).Kill();
        await SeeAsync("again was started again");

        Assert.NotEqual(first, await ProcessIdAsync(app.HttpPort));
        await _stop.CancelAsync();
        Assert.Equal(0, await run.WaitAsync(Patience));
    }

    [Fact]
    public async Task Missing_program_ends_the_run_before_anything_starts()
    {
        var code = await RunAsync("version: 1\napps:\n  - { appID: a, appDirPath: ., command: [\"./nothing\"] }\n").WaitAsync(Patience);

        Assert.Equal(1, code);
        Assert.Contains("a: its program '", Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Component_that_cannot_start_ends_the_run()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "res"));
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "res", "s.yaml"),
            "apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: { name: s }\nspec: { type: secretstores.local.file, version: v1, metadata: [ { name: secretsFile, value: none.json } ] }\n");
        var app = AppText("a");

        var code = await RunAsync($"version: 1\ncommon: {{ resourcesPath: res }}\napps:\n{app.Yaml}").WaitAsync(Patience);

        Assert.Equal(1, code);
        Assert.Contains("component 's' (secretstores.local.file/v1) failed to initialise", Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apps_that_a_killed_runner_left_behind_are_ended()
    {
        var data = Path.Combine(_folder, "data");
        var port = FreePorts.Next();
        using var orphan = AppProcess.Start(
            ["dotnet", Program, "sidecar", "--app-id", "orphan", "--dapr-http-port", $"{port}", "--dapr-grpc-port", $"{FreePorts.Next()}", "--metrics-port", "0"], _folder, [], _ => { });
        Directory.CreateDirectory(data);
        await File.WriteAllTextAsync(
            Path.Combine(data, "run.pids"), $"{orphan.Id} {orphan.StartTime.ToUniversalTime().Ticks} left\n1 12345 somebody-else\n");

        var warnings = new List<string>();
        var register = await RunRegister.TakeOverAsync(data, TimeProvider.System, warnings.Add, default);
        await orphan.Exited.WaitAsync(Patience);

        Assert.Equal(["ended left, which an earlier run of this file had left behind"], warnings);
        register.Close();
    }

    [Fact]
    public async Task Runner_that_is_just_ending_is_awaited_and_one_that_stays_is_an_error()
    {
        var data = Path.Combine(_folder, "data");
        Directory.CreateDirectory(data);
        using var runner = AppProcess.Start(["sleep", "1000"], _folder, [], _ => { });
        var entry = $"{runner.Id} {runner.StartTime.ToUniversalTime().Ticks} (runner)\n";
        await File.WriteAllTextAsync(Path.Combine(data, "run.pids"), entry);

        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var first = RunRegister.TakeOverAsync(data, time, _ => { }, default);
        await Eventually.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return first.IsCompleted;
        });
        var refused = await Assert.ThrowsAsync<ResourceException>(() => first);
        Assert.Contains($"is in use by another run (process {runner.Id})", refused.Message, StringComparison.Ordinal);

        var waiting = RunRegister.TakeOverAsync(data, TimeProvider.System, _ => { }, default);
        runner.Kill();
        (await waiting.WaitAsync(Patience)).Close();
    }

    [Fact]
    public async Task App_is_in_a_process_group_of_its_own()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "read from /proc");
        var lines = new List<string>();
        using var app = AppProcess.Start(["/bin/sh", "-c", "cut -d' ' -f1,5 /proc/$$/stat"], _folder, [], lines.Add);

        Assert.Equal(0, await app.Exited.WaitAsync(Patience));
        Assert.Equal([$"{app.Id} {app.Id}"], lines);
    }

    [Fact]
    public async Task Zombie_is_not_alive()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux shows them");
        // The child ends at once; its parent has turned into a program that does not ask for its exit code.
        using var parent = AppProcess.Start(["/bin/sh", "-c", "true & exec sleep 1000"], _folder, [], _ => { });
        ProcessIdentity child = default;
        await Eventually.TrueAsync(() =>
            (child = ProcessTree.Of(parent.Id).FirstOrDefault(member => ProcFile.Read(member.Id) is { State: 'Z' })).Id > 0);

        Assert.False(child.IsAlive());
        parent.Kill();
        await parent.Exited;
    }

    [Fact]
    public async Task Two_instances_of_one_app_run_side_by_side_and_share_its_calls()
    {
        var (one, two, caller) = (AppText("shop", "first"), AppText("shop", "second"), AppText("caller"));
        var run = Task.Run(() => RunAsync($"version: 1\napps:\n{one.Yaml}{two.Yaml}{caller.Yaml}"));

        await SeeAsync("all 3 apps are up after");
        Assert.Contains("! app id 'shop' is given 2 times: shop#1 and shop#2 share its calls and messages", Output, StringComparison.Ordinal);
        using var http = new HttpClient();
        var logs = new List<string>();
        foreach (var (port, instance) in ((int, string)[])[(one.HttpPort, "shop#1"), (two.HttpPort, "shop#2")])
        {
            var metadata = JsonNode.Parse(await http.GetStringAsync($"http://localhost:{port}/v1.0/metadata"))!;
            Assert.Equal("shop", (string?)metadata["id"]);
            logs.Add((string)metadata["extended"]!["daprdLogPath"]!);
            Assert.Contains($"{instance}_daprd_", logs[^1], StringComparison.Ordinal);
            Assert.Contains("dapr initialized. Status: Running", await File.ReadAllTextAsync(logs[^1]), StringComparison.Ordinal);
            Assert.Contains("app_id=shop ", await File.ReadAllTextAsync(logs[^1]), StringComparison.Ordinal);
            Assert.Contains($"== APP - {instance} ==", await File.ReadAllTextAsync((string)metadata["extended"]!["appLogPath"]!), StringComparison.Ordinal);
        }

        var answering = new HashSet<string>();
        for (var call = 0; call < 4; call++)
            answering.Add((string)JsonNode.Parse(await http.GetStringAsync($"http://localhost:{caller.HttpPort}/v1.0/invoke/shop/method/v1.0/metadata"))!["id"]!);
        Assert.Equal(["inner-first", "inner-second"], answering.Order(StringComparer.Ordinal));
        await _stop.CancelAsync();
        Assert.Equal(0, await run.WaitAsync(Patience));
    }

    public void Dispose()
    {
        _stop.Cancel();
        _kill.Cancel();
        _stop.Dispose();
        _kill.Dispose();
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // A log that is still being written stays behind in the temporary folder.
        }
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "nexuscart-sidecar.dll");

    private string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    private static (string Yaml, int HttpPort) AppText(string id, string? inner = null)
    {
        var (app, grpc, http) = (FreePorts.Next(), FreePorts.Next(), FreePorts.Next());
        return ($"""
              - appID: {id}
                appDirPath: .
                appPort: {app}
                daprHTTPPort: {http}
                appHealthCheckPath: /v1.0/healthz
                command: [dotnet, "{Program}", sidecar, --app-id, inner-{inner ?? id}, --dapr-http-port, "{app}", --dapr-grpc-port, "{grpc}", --metrics-port, "0", --data-dir, "inner-{inner ?? id}"]

            """, http);
    }

    private async Task<int> RunAsync(string text, OnExit onExit = OnExit.Report)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "dapr.yaml"), text);
        var file = RunFile.Load(RunFile.Locate(_folder), new RunOverrides());
        using var console = new RunConsole(TextWriter.Synchronized(new LockedWriter(_output)), colours: false);
        using var runner = new MultiAppRunner(file, new RunSettings(Path.Combine(_folder, "data"), BuildMode.Never, onExit), console, TimeProvider.System);
        return await runner.RunAsync(_stop.Token, _kill.Token);
    }

    private async Task SeeAsync(string text)
    {
        var end = Stopwatch.GetTimestamp();
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            Assert.True(Stopwatch.GetElapsedTime(end) < Patience, $"never seen: {text}{Environment.NewLine}{Output}");
            await Task.Delay(20);
        }
    }

    private static async Task<int> ProcessIdAsync(int httpPort)
    {
        using var http = new HttpClient();
        var metadata = JsonNode.Parse(await http.GetStringAsync($"http://localhost:{httpPort}/v1.0/metadata"))!;
        return int.Parse((string)metadata["extended"]!["appPID"]!, null);
    }

    private sealed class LockedWriter(StringWriter inner) : TextWriter
    {
        public override System.Text.Encoding Encoding => System.Text.Encoding.UTF8;

        public override void WriteLine(string? value)
        {
            lock (inner)
                inner.WriteLine(value);
        }
    }
}
