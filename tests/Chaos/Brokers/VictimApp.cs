using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace NexusCart.Tests.Chaos.Brokers;

/// <summary>A subscriber in a process of its own, killed and started again; what it has handled it says before it answers.</summary>
internal sealed partial class VictimApp(int port, string topic) : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private readonly ConcurrentDictionary<int, int> _handled = new();
    private Process? _process;
    private Task _reading = Task.CompletedTask;

    /// <summary>How often each number was handled, in all its lives.</summary>
    public IReadOnlyDictionary<int, int> Handled => _handled;

    /// <summary>Starts it and waits until it serves.</summary>
    public async Task StartAsync()
    {
        _process = Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList =
            {
                "exec", typeof(VictimApp).Assembly.Location,
                "-noColor", "-explicit", "only", "-method", $"{typeof(VictimAppProgram).FullName}.{nameof(VictimAppProgram.Serves_until_its_input_ends)}",
            },
            Environment =
            {
                [VictimAppProgram.PortVariable] = port.ToString(CultureInfo.InvariantCulture),
                [VictimAppProgram.TopicVariable] = topic,
            },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var serves = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _reading = ReadAsync(_process.StandardOutput, serves);
        await serves.Task.WaitAsync(StartLimit);
    }

    /// <summary>kill -9, and a start.</summary>
    public async Task KillAndStartAgainAsync()
    {
        await KillAsync();
        await StartAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await KillAsync();
    }

    [GeneratedRegex($@"{VictimAppProgram.HandledMark} (-?\d+) \.$")]
    private static partial Regex HandledLine();

    private async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        // What it said before counts.
        await _reading;
        _process.Dispose();
        _process = null;
    }

    private async Task ReadAsync(StreamReader output, TaskCompletionSource serves)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            if (line.EndsWith(VictimAppProgram.Serves, StringComparison.Ordinal))
                serves.TrySetResult();
            // The last line may be cut, and what the test's runner says may stand before the first.
            else if (HandledLine().Match(line) is { Success: true } match)
                _handled.AddOrUpdate(int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), 1, (_, times) => times + 1);
        }

        serves.TrySetException(new InvalidOperationException("The app ended before it served."));
    }
}

/// <summary>The program of <see cref="VictimApp"/>: this test, run by itself.</summary>
public sealed class VictimAppProgram
{
    public const string PortVariable = "NEXUSCART_TEST_VICTIM_APP_PORT";
    public const string TopicVariable = "NEXUSCART_TEST_VICTIM_APP_TOPIC";
    public const string HandledMark = "handled";
    public const string Serves = "serves";

    [Fact(Explicit = true)]
    public async Task Serves_until_its_input_ends()
    {
        var port = Environment.GetEnvironmentVariable(PortVariable);
        Assert.NotNull(port);
        var console = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true });
        var refused = new ConcurrentDictionary<int, bool>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.Http2.MaxStreamsPerConnection = 1_000;
            kestrel.ListenLocalhost(int.Parse(port, CultureInfo.InvariantCulture), listen => listen.Protocols = HttpProtocols.Http2);
        });
        await using var app = builder.Build();
        app.UseCloudEvents();
        app.MapGet("/healthz", () => Results.Ok());
        app.MapGet("/dapr/subscribe", () => Results.Json(new[] { new { pubsubName = "pubsub", topic = Environment.GetEnvironmentVariable(TopicVariable), route = "/numbers" } }));
        app.MapPost("/numbers", (DeliveryTrial.Number number) =>
        {
            // Each tenth is refused once in each life.
            if (number.Value % 10 == 0 && refused.TryAdd(number.Value, true))
                return Results.StatusCode(StatusCodes.Status500InternalServerError);
            console.WriteLine($"{HandledMark} {number.Value} .");
            return Results.Ok();
        });
        await app.StartAsync();
        console.WriteLine();
        console.WriteLine(Serves);
        // Whoever started it holds the other end, and takes it along however it ends.
        await Console.In.ReadToEndAsync();
    }
}
