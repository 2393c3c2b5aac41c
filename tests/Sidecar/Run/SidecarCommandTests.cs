using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using NexusCart.Sidecar.Hosting;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.Run;

/// <summary>
/// The <c>sidecar</c> command as a process, beside an app in another language: a shell, or our own program that listens as an app does.
/// </summary>
public sealed class SidecarCommandTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // A shell starts what it runs in the background so.
    private static readonly bool IgnoresInterrupts = OperatingSystem.IsLinux() && IsIgnored(signal: 2);

    private readonly TemporaryFolder _folder = new();
    private readonly List<Process> _processes = [];
    private readonly HttpClient _http = new();
    private readonly List<string> _lines = [];
    private readonly int _httpPort = FreePorts.Next();

    [Fact]
    public async Task App_gets_the_environment_of_the_Dapr_CLI()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the app is a shell script");
        var app = FreePorts.Next();

        var code = await EndAsync(Start(
            ["--app-id", "shell", "--app-port", $"{app}", "--app-protocol", "h2c", "--app-channel-address", "localhost"],
            "/bin/sh", "-c", "env; pwd"));

        Assert.Equal(0, code);
        foreach (var variable in (string[])
                 ["APP_ID=shell", $"APP_PORT={app}", "APP_PROTOCOL=h2c", "APP_CHANNEL_ADDRESS=localhost", $"DAPR_HTTP_PORT={_httpPort}", "DAPR_GRPC_PORT=", _folder.Path])
            Assert.Contains(Lines(), line => line.StartsWith("== APP - shell == " + variable, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("exit 0", 0, "✓ Exited App successfully")]
    [InlineData("exit 7", 1, "✗ The App process exited with error code: 7")]
    public async Task Ends_with_its_app(string script, int expected, string line)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the app is a shell script");

        Assert.Equal(expected, await EndAsync(Start(["--app-id", "short"], "/bin/sh", "-c", script)));
        Assert.Contains(line, Lines());
        Assert.Contains(Lines(), text => text.Contains("dapr initialized. Status: Running.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Program_that_does_not_exist_is_an_error() =>
        Assert.NotEqual(0, await EndAsync(Start(["--app-id", "none"], "./no-such-program")));

    [Theory]
    [InlineData("SIGTERM")]
    [InlineData("SIGINT")]
    public async Task Signal_stops_the_app_first_and_ends_with_zero(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the app is a shell script");
        Assert.SkipWhen(signal == "SIGINT" && IgnoresInterrupts, "whoever started the tests has SIGINT ignored, and what they start inherits that");
        var process = Start(["--app-id", "deaf"], "/bin/sh", "-c", "trap 'echo told to end; exit 0' TERM; echo here; while :; do sleep 0.05; done");
        await SeeAsync("== APP - deaf == here");

        await SignalAsync(process, signal);

        Assert.Equal(0, await EndAsync(process));
        Assert.Contains("== APP - deaf == told to end", Lines());
        Assert.True(IndexOf("told to end") < IndexOf("msg=\"stopped\""));
    }

    [Fact]
    public async Task Api_stays_open_while_the_shutdown_is_blocked()
    {
        var process = Start(["--app-id", "blocked", "--dapr-block-shutdown-duration", "1h", "--log-level", "debug"]);
        await SeeAsync("dapr initialized");

        await SignalAsync(process, "SIGTERM");
        await SeeAsync("the API stays open for 1h0m0s");

        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync(Url("/v1.0/metadata"))).StatusCode);
        Assert.False(process.HasExited);
        await SignalAsync(process, "SIGTERM");
        Assert.Equal(0, await EndAsync(process));
    }

    [Fact]
    public async Task Blocked_shutdown_ends_with_its_time()
    {
        var process = Start(["--app-id", "blocked", "--dapr-block-shutdown-duration", "50ms"]);
        await SeeAsync("dapr initialized");

        await SignalAsync(process, "SIGTERM");

        Assert.Equal(0, await EndAsync(process));
    }

    [Fact]
    public async Task Blocked_shutdown_goes_on_when_the_app_is_no_longer_healthy()
    {
        var status = (int)HttpStatusCode.OK;
        await using var app = await TestApp.StartAsync(web => web.MapGet("/healthz", () => Results.StatusCode(Volatile.Read(ref status))));
        var process = Start([
            "--app-id", "blocked", "--app-port", $"{app.Port}", "--dapr-block-shutdown-duration", "1h",
            "--enable-app-health-check", "--app-health-probe-interval", "1", "--app-health-threshold", "5"]);
        await SeeAsync("the app is healthy");

        await SignalAsync(process, "SIGTERM");
        await SeeAsync("the API stays open for 1h0m0s");
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync(Url("/v1.0/metadata"))).StatusCode);
        Volatile.Write(ref status, (int)HttpStatusCode.ServiceUnavailable);

        Assert.Equal(0, await EndAsync(process));
        Assert.Contains("the app is no longer healthy; the shutdown goes on", Lines());
    }

    [Fact]
    public async Task App_that_speaks_HTTP2_only_is_named_when_its_protocol_was_not()
    {
        await using var app = await TestApp.StartAsync(_ => { }, protocol: AppProtocol.H2c);
        var process = Start(["--app-id", "mute", "--app-port", $"{app.Port}"]);

        await SeeAsync($"the app on port {app.Port} seems to speak HTTP/2 only, but is called with HTTP/1.1: set appProtocol to h2c, or to grpc");

        await SignalAsync(process, "SIGTERM");
        Assert.Equal(0, await EndAsync(process));
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData("true", 1)]
    public async Task Shutdown_of_the_api_ends_it(string? force, int expected)
    {
        var process = Start(["--app-id", "asked"]);
        await SeeAsync("dapr initialized");

        using var request = new HttpRequestMessage(HttpMethod.Post, Url("/v1.0/shutdown"));
        if (force is not null)
            request.Headers.Add("dapr-force-shutdown", force);
        Assert.Equal(HttpStatusCode.NoContent, (await _http.SendAsync(request)).StatusCode);

        Assert.Equal(expected, await EndAsync(process));
    }

    [Fact]
    public async Task Takes_daprds_flags_with_one_dash_and_those_without_meaning_here()
    {
        var process = Start([
            "-app-id", "flags", "--mode", "standalone", "--metrics-port", "0", "--enable-metrics=false", "-profile-port=7777",
            "--dapr-listen-addresses", "127.0.0.1", "--allowed-origins", "*", "--log-as-json", "--enable-profiling",
            "--dapr-public-port", "3501", "--disable-init-endpoints", "config", "--unix-domain-socket", "", "--app-max-concurrency", "5",
            "--placement-host-address", "", "--max-body-size", "8Mi", "--app-health-probe-interval", "3"]);
        await SeeAsync("dapr initialized");

        var metadata = JsonNode.Parse(await _http.GetStringAsync(Url("/v1.0/metadata")))!;

        Assert.Equal("flags", (string?)metadata["id"]);
        Assert.Equal("DISABLED", (string?)metadata["actorRuntime"]!["runtimeStatus"]);
        await SignalAsync(process, "SIGTERM");
        Assert.Equal(0, await EndAsync(process));
    }

    [Fact]
    public async Task Serves_metrics_on_the_port_of_its_flag_and_tells_the_app_of_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the app is a shell script");
        var port = FreePorts.Next();
        var process = Start(["--app-id", "measured", "--metrics-port", $"{port}"], "/bin/sh", "-c", "echo DAPR_METRICS_PORT=$DAPR_METRICS_PORT; sleep 60");
        await SeeAsync($"DAPR_METRICS_PORT={port}");

        Assert.Contains("\nprocess_start_time_seconds ", await _http.GetStringAsync($"http://127.0.0.1:{port}/"), StringComparison.Ordinal);

        await SignalAsync(process, "SIGTERM");
        await EndAsync(process);
    }

    [Theory]
    [InlineData("--app-protocol", "ftp")]
    [InlineData("--max-body-size", "much")]
    [InlineData("--dapr-block-shutdown-duration", "long")]
    [InlineData("--config", "/no/such/config.yaml")]
    public async Task Value_that_cannot_be_used_ends_it_with_one(string flag, string value)
    {
        Assert.Equal(1, await EndAsync(Start(["--app-id", "wrong", flag, value])));
        Assert.Contains(Lines(), line => line.StartsWith('✗') && line.Contains(value, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Port_in_use_ends_it_with_one()
    {
        using var taken = new System.Net.Sockets.TcpListener(IPAddress.Loopback, _httpPort);
        taken.Start();

        Assert.Equal(1, await EndAsync(Start(["--app-id", "late"])));
        Assert.Contains(Lines(), line => line.Contains($"{_httpPort}", StringComparison.Ordinal) && line.StartsWith('✗'));
    }

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            process.Dispose();
        }

        _http.Dispose();
        _folder.Dispose();
    }

    private Process Start(IEnumerable<string> flags, params string[] command)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] ports = ["--dapr-http-port", $"{_httpPort}", "--dapr-grpc-port", $"{FreePorts.Next()}"];
        if (!flags.Contains("--metrics-port"))
            ports = [.. ports, "--metrics-port", "0"];
        foreach (var argument in (string[])
                 [Path.Combine(AppContext.BaseDirectory, "nexuscart-sidecar.dll"), "sidecar", .. flags, .. ports, .. command.Length > 0 ? ["--", .. command] : command])
            start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _processes.Add(process);
        return process;
    }

    private void Add(string? line)
    {
        lock (_lines)
        {
            if (line is not null)
                _lines.Add(line);
        }
    }

    private string[] Lines()
    {
        lock (_lines)
            return [.. _lines];
    }

    private int IndexOf(string text) => Array.FindIndex(Lines(), line => line.Contains(text, StringComparison.Ordinal));

    private string Url(string path) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_httpPort}{path}");

    private async Task SeeAsync(string text)
    {
        var began = Stopwatch.GetTimestamp();
        while (IndexOf(text) < 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"never seen: {text}{Environment.NewLine}{string.Join(Environment.NewLine, Lines())}");
            await Task.Delay(20);
        }
    }

    private static async Task SignalAsync(Process process, string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no signals");
        using var kill = Process.Start("kill", ["-s", signal[3..], $"{process.Id}"]);
        await kill.WaitForExitAsync();
    }

    private static async Task<int> EndAsync(Process process)
    {
        await process.WaitForExitAsync().WaitAsync(Patience);
        return process.ExitCode;
    }

    /// <summary>The kernel's mask of ignored signals has signal 1 in its lowest bit.</summary>
    private static bool IsIgnored(int signal)
    {
        var mask = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))["SigIgn:".Length..].Trim();
        return (ulong.Parse(mask, NumberStyles.HexNumber, CultureInfo.InvariantCulture) & (1UL << (signal - 1))) != 0;
    }
}
