using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using HdrHistogram;
using NexusCart.Bench.Load;
using NexusCart.Tests.Harness;

namespace NexusCart.Bench.Scenarios;

/// <summary>
/// Edits products whose pages every gateway keeps, through the gateways by turns, and looks at each of them until it shows the edit. What
/// counts is the time from the moment the edit was acknowledged. One edit at a time: it is the way of the news that is measured, not a load.
/// </summary>
public sealed class PageScenario(RunningShop shop)
{
    private const int Products = 16;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>What is promised; a page that takes longer counts as failed.</summary>
    public static readonly TimeSpan Promise = TimeSpan.FromSeconds(1);

    /// <summary>Measures.</summary>
    /// <returns>A row for each gateway, and one for the last of them.</returns>
    /// <exception cref="TimeoutException">A page is not kept, or never shows the edit.</exception>
    public async Task<IReadOnlyList<LoadResult>> RunAsync(int edits, CancellationToken cancellation)
    {
        var token = (await shop.Client.GetTokenAsync("editor", ["catalog.write"], cancellation)).Value;
        var doors = shop.Gateways.Select(address => new HttpClient { BaseAddress = address }).ToList();
        try
        {
            for (var product = 0; product < Products; product++)
                await PutAsync(doors[0], token, product, TitleOf(product - Products), cancellation);
            await MeasureAsync(doors, token, from: 0, edits / 10, cancellation); // Warms up.
            var begun = Stopwatch.GetTimestamp();
            var times = await MeasureAsync(doors, token, from: edits / 10, edits, cancellation);
            var took = Stopwatch.GetElapsedTime(begun);
            return
            [
                .. doors.Select((_, door) => RowOf($"fresh page at gateway {door + 1}", took, [.. times.Select(edit => edit[door])])),
                RowOf("fresh page at every gateway", took, [.. times.Select(edit => edit.Max())]),
            ];
        }
        finally
        {
            doors.ForEach(door => door.Dispose());
        }
    }

    private static async Task<List<TimeSpan[]>> MeasureAsync(List<HttpClient> doors, string token, int from, int edits, CancellationToken cancellation)
    {
        var times = new List<TimeSpan[]>();
        for (var edit = from; edit < from + edits; edit++)
        {
            var product = edit % Products;
            foreach (var door in doors)
                await UntilAsync(door, product, static answer => answer.IsKept, cancellation);
            await PutAsync(doors[edit % doors.Count], token, product, TitleOf(edit), cancellation);
            var acknowledged = Stopwatch.GetTimestamp();
            times.Add(await Task.WhenAll(doors.Select(async door =>
            {
                await UntilAsync(door, product, answer => answer.Page.Contains(TitleOf(edit), StringComparison.Ordinal), cancellation);
                return Stopwatch.GetElapsedTime(acknowledged);
            })));
        }

        return times;
    }

    private static LoadResult RowOf(string name, TimeSpan took, IReadOnlyList<TimeSpan> times)
    {
        var histogram = new LongConcurrentHistogram(1, OpenLoop.HighestMicroseconds, 3);
        foreach (var time in times)
            histogram.RecordValue(OpenLoop.Microseconds(time));
        return OpenLoop.Summarise(name, double.NaN, took, times.Count, times.Count(time => time > Promise), histogram);
    }

    // The full stop keeps one from being part of another.
    private static string TitleOf(int edit) => $"Edition {edit}.";

    private static string SkuOf(int product) => $"BENCH-PAGE-{product:D2}";

    private static async Task UntilAsync(HttpClient door, int product, Func<(string Page, bool IsKept), bool> holds, CancellationToken cancellation)
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            using var answer = await door.GetAsync($"/v1/products/{SkuOf(product)}", cancellation);
            // Only what comes out of the cache has an age.
            if (holds((await answer.Content.ReadAsStringAsync(cancellation), answer.Headers.Age is not null)))
                return;
            if (Stopwatch.GetElapsedTime(begun) > Limit)
                throw new TimeoutException($"{door.BaseAddress} did not come to show {SkuOf(product)} as expected within {Limit.TotalSeconds:0} s.");
        }
    }

    private static async Task PutAsync(HttpClient door, string token, int product, string title, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/v1/products/{SkuOf(product)}")
        {
            Content = JsonContent.Create(new { product = new { title, category = "bench/pages", price = new { minorUnits = "1999", currency = "EUR" }, active = true } }),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.Add("Idempotency-Key", Guid.CreateVersion7().ToString());
        using var answer = await door.SendAsync(request, cancellation);
        answer.EnsureSuccessStatusCode();
    }
}
