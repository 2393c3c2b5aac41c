using System.Collections.Concurrent;

namespace NexusCart.Tests.Services.PaymentMatrix;

/// <summary>
/// Provider × test card × fault × point of the saga: at the end of every order, whatever went wrong on its way, the provider's books, the
/// payment service, the order and the stock say the same.
/// </summary>
[Collection(Till.Name)]
public sealed class PaymentMatrixTests(TillFixture till, MatrixRun run) : IClassFixture<MatrixRun>
{
    /// <summary>The rows: provider, point, and how many cells they have.</summary>
    public static TheoryData<string, Point, int> Rows
    {
        get
        {
            var rows = new TheoryData<string, Point, int>();
            foreach (var row in Cell.All.GroupBy(cell => (cell.Provider, cell.Point)))
                rows.Add(row.Key.Provider, row.Key.Point, row.Count());
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Money_order_and_stock_agree(string provider, Point faultAt, int cells)
    {
        var results = await run.ResultsAsync(till);
        var row = Cell.All.Where(cell => cell.Provider == provider && cell.Point == faultAt).ToList();
        var wrong = row.Where(cell => results[cell] is not null).Select(cell => results[cell]).ToList();
        TestContext.Current.TestOutputHelper?.WriteLine($"{provider}, fault at {faultAt}: {cells} cells; the whole matrix: {Cell.All.Count} cells in {run.Took.TotalSeconds:0.0} s");
        Assert.Equal(cells, row.Count);
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {cells} cells disagree:{Environment.NewLine}{string.Join(Environment.NewLine, wrong.Take(20))}");
    }

    [Fact]
    public async Task Every_planned_fault_struck()
    {
        await run.ResultsAsync(till);
        Assert.Equal("[]", await till.Sandbox.GetStringAsync("/_control/faults"));
    }
}

/// <summary>Runs the whole matrix once, for all its rows.</summary>
public sealed class MatrixRun
{
    private const int AtOnce = 32;

    private readonly SemaphoreSlim _gate = new(1);
    private Dictionary<Cell, string?>? _results;

    /// <summary>How long it took.</summary>
    public TimeSpan Took { get; private set; }

    /// <summary>What does not agree, by cell.</summary>
    internal async Task<IReadOnlyDictionary<Cell, string?>> ResultsAsync(TillFixture till)
    {
        await _gate.WaitAsync();
        try
        {
            return _results ??= await RunAsync(till);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<Dictionary<Cell, string?>> RunAsync(TillFixture till)
    {
        var started = TimeProvider.System.GetTimestamp();
        var numbered = Cell.All.Select((cell, number) => (cell, number)).ToList();
        await till.LoadAsync([.. numbered.Select(each => CellRun.SkuOf(each.number))], CellRun.Loaded);
        var results = new ConcurrentDictionary<Cell, string?>();
        // Points and faults mixed, always in the same way: otherwise all would fail at once, and the breaker would have a say.
        var mixed = numbered.OrderBy(each => each.number * 7_919 % numbered.Count).ToList();
        await RunAllAsync(till, mixed.Where(each => each.cell.Mishap.Kind is not null), results);
        foreach (var (weather, settings) in Cell.Weathers)
        {
            await till.ControlAsync("webhooks", settings);
            await RunAllAsync(till, mixed.Where(each => each.cell.Mishap.Name == weather), results);
            await till.ControlAsync("webhooks", new { });
        }

        Took = TimeProvider.System.GetElapsedTime(started);
        return new Dictionary<Cell, string?>(results);
    }

    private static Task RunAllAsync(TillFixture till, IEnumerable<(Cell Cell, int Number)> cells, ConcurrentDictionary<Cell, string?> results) =>
        Parallel.ForEachAsync(cells, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (each, _) =>
            results[each.Cell] = await new CellRun(till, each.Cell, each.Number).RunAsync());
}
