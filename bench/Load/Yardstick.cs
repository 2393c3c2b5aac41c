using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace NexusCart.Bench.Load;

/// <summary>
/// The figure every other one is a ratio to: an empty Kestrel endpoint on this machine, in this run, by this generator. Absolute figures
/// move with the machine and its other guests; ratios hardly do.
/// </summary>
public static class Yardstick
{
    private const int Requests = 60_000;
    private const int InFlight = 64;

    /// <summary>Measures the bare endpoint.</summary>
    public static async Task<LoadResult> MeasureAsync(CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        var body = "ok"u8.ToArray();
        app.Run(context => context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask());
        await app.StartAsync(cancellation);

        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        async Task<bool> GetAsync(int index, CancellationToken stop) => (await http.GetByteArrayAsync("/", stop)).Length == body.Length;
        await OpenLoop.SaturateAsync("warm-up", InFlight, Requests, GetAsync, cancellation);
        return await CpuMeter.MeasureOwnAsync(() => OpenLoop.SaturateAsync("bare Kestrel endpoint", InFlight, Requests, GetAsync, cancellation));
    }
}
