using System.Globalization;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.Metrics;

/// <summary>What a sidecar's metrics port answers.</summary>
internal sealed class Scrape
{
    private readonly Dictionary<string, double> _values;

    private Scrape(string text)
    {
        Text = text;
        _values = text.Split('\n')
            .Where(line => line.Length > 0 && line[0] != '#')
            .ToDictionary(line => Key(line[..line.LastIndexOf(' ')]), line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    /// <summary>The whole answer.</summary>
    public string Text { get; }

    /// <summary>Reads the port.</summary>
    public static async Task<Scrape> OfAsync(TestSidecar sidecar, string path = "/")
    {
        using var client = new HttpClient();
        return new Scrape(await client.GetStringAsync($"http://127.0.0.1:{sidecar.Host.Options.MetricsPort}{path}"));
    }

    /// <summary>Reads the port until it says something: a request is counted after its answer has left.</summary>
    public static async Task<Scrape> UntilAsync(TestSidecar sidecar, Func<Scrape, bool> condition)
    {
        Scrape? last = null;
        await Eventually.TrueAsync(async () => condition(last = await OfAsync(sidecar)));
        return last!;
    }

    /// <summary>The value of a series, 0 when there is none; labels in any order, without the app's id.</summary>
    public double this[string series] => _values.GetValueOrDefault(Key(series));

    /// <summary>Whether there is a series.</summary>
    public bool Has(string series) => _values.ContainsKey(Key(series));

    /// <summary>The series of a metric.</summary>
    public IEnumerable<string> SeriesOf(string metric) =>
        _values.Keys.Where(key => key.StartsWith(metric + "{", StringComparison.Ordinal));

    private static string Key(string series)
    {
        var brace = series.IndexOf('{', StringComparison.Ordinal);
        if (brace < 0)
            return series + "{}";
        var labels = series[(brace + 1)..^1].Split("\",", StringSplitOptions.RemoveEmptyEntries)
            .Select(label => label.TrimEnd('"'))
            .Where(label => !label.StartsWith("app_id=", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
        return $"{series[..brace]}{{{string.Join(',', labels)}}}";
    }
}
