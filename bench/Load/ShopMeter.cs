using System.Diagnostics;
using NexusCart.Tests.Harness;

namespace NexusCart.Bench.Load;

/// <summary>Measures what a load run on a whole shop costs, program by program.</summary>
internal static class ShopMeter
{
    private const string Sidecars = "sidecars";
    private const string Generator = "generator";

    /// <summary>Runs a load and adds to its result what each request cost; prints the programs one by one.</summary>
    /// <param name="shop">The shop under load.</param>
    /// <param name="apps">The services on the way.</param>
    /// <param name="run">The load. When it kills one of the programs, no cost is told.</param>
    public static async Task<LoadResult> MeasureAsync(RunningShop shop, IReadOnlyList<string> apps, Func<Task<LoadResult>> run)
    {
        List<(string Name, int Id)> programs = [(Sidecars, shop.RunnerId), (Generator, Environment.ProcessId)];
        foreach (var app in apps)
            programs.Add((app, await shop.ProcessIdAsync(app)));

        var before = programs.ConvertAll(program => TimeOf(program.Id));
        var result = await run();
        var after = programs.ConvertAll(program => TimeOf(program.Id));
        if (after.Contains(null))
            return result;

        var cost = programs.Select((program, i) => (program.Name, Each: (after[i]!.Value - before[i]!.Value).TotalMicroseconds / (result.Done + result.Failed))).ToList();
        Console.WriteLine($"{result.Name}, CPU µs each: {string.Join(", ", cost.Select(part => $"{part.Name} {part.Each:0.0}"))}");
        return result with { Cpu = new CpuCost(Of(Sidecars), Of(Generator), cost.Where(part => apps.Contains(part.Name)).Sum(part => part.Each)) };

        double Of(string name) => cost.Single(part => part.Name == name).Each;
    }

    private static TimeSpan? TimeOf(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return process.HasExited ? null : process.TotalProcessorTime;
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }
}
