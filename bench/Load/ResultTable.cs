using System.Globalization;
using Spectre.Console;

namespace NexusCart.Bench.Load;

/// <summary>Prints results, each with its ratio to the yardstick.</summary>
public static class ResultTable
{
    private const int RedirectedWidth = 180;

    /// <summary>Writes the table to the console.</summary>
    public static void Print(LoadResult yardstick, IEnumerable<LoadResult> results)
    {
        var table = new Table().AddColumns("what", "offered/s", "done/s", "ratio", "done", "failed", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "sidecar µs", "app µs", "bench µs");
        foreach (var result in results.Prepend(yardstick))
        {
            table.AddRow(
                Markup.Escape(result.Name),
                double.IsNaN(result.OfferedPerSecond) ? "-" : Number(result.OfferedPerSecond),
                Number(result.DonePerSecond),
                (result.DonePerSecond / yardstick.DonePerSecond).ToString("0.0000", CultureInfo.InvariantCulture),
                Number(result.Done),
                Number(result.Failed),
                Number(result.P50),
                Number(result.P99),
                Number(result.P999),
                Number(result.Max),
                result.Cpu is { } cpu ? Number(cpu.SidecarMicroseconds) : "-",
                result.Cpu is { AppMicroseconds: { } app } ? Number(app) : "-",
                result.Cpu is { } cost ? Number(cost.BenchMicroseconds) : "-");
        }

        // A pipe has no width of its own, and the default of 80 columns breaks every word of the table.
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = RedirectedWidth;
        AnsiConsole.Write(table);
    }

    private static string Number(double value) => value.ToString(value < 100 ? "0.##" : "0", CultureInfo.InvariantCulture);
}
