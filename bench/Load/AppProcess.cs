using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http;
using NexusCart.Bench.Apps;

namespace NexusCart.Bench.Load;

/// <summary>The <see cref="EchoApp"/> or the <see cref="BareHub"/> as a process of its own, so that its CPU time can be told from the generator's.</summary>
public sealed class AppProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private readonly Process _process;

    private AppProcess(Process process, int port) => (_process, Port) = (process, port);

    /// <summary>Where it listens: HTTP/2 without TLS.</summary>
    public int Port { get; }

    /// <summary>CPU time, user and system, that it has taken since it started.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Its address.</summary>
    public Uri Address => new($"http://127.0.0.1:{Port}");

    /// <summary>Starts the app and waits until it answers.</summary>
    /// <param name="workMilliseconds">How long it takes over an event.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidOperationException">It ended, or did not answer in time.</exception>
    public static Task<AppProcess> StartAsync(int workMilliseconds, CancellationToken cancellation) =>
        StartAsync("app", "--work", workMilliseconds, cancellation);

    /// <summary>Starts the hub that only exchanges messages, and waits until it answers.</summary>
    /// <param name="activities">Activities of each workflow.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidOperationException">It ended, or did not answer in time.</exception>
    public static Task<AppProcess> StartHubAsync(int activities, CancellationToken cancellation) =>
        StartAsync("hub", "--activities", activities, cancellation);

    private static async Task<AppProcess> StartAsync(string command, string option, int value, CancellationToken cancellation)
    {
        var port = BenchSidecar.FreePort();
        var process = Process.Start(new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                typeof(AppProcess).Assembly.Location, command, "--port", port.ToString(CultureInfo.InvariantCulture),
                option, value.ToString(CultureInfo.InvariantCulture),
            },
            RedirectStandardInput = true,
        }) ?? throw new InvalidOperationException("The app did not start.");
        var app = new AppProcess(process, port);
        try
        {
            await app.WaitUntilItAnswersAsync(cancellation);
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client for the app itself, past the sidecar.</summary>
    public HttpClient CreateClient() => new()
    {
        BaseAddress = Address,
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private async Task WaitUntilItAnswersAsync(CancellationToken cancellation)
    {
        using var http = CreateClient();
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri("/healthz", UriKind.Relative), cancellation);
                return;
            }
            catch (HttpRequestException) when (!_process.HasExited && Stopwatch.GetElapsedTime(begun) < StartLimit)
            {
                await Task.Delay(Poll, cancellation);
            }
            catch (HttpRequestException e)
            {
                throw new InvalidOperationException("The app of the bench does not answer.", e);
            }
        }
    }
}
