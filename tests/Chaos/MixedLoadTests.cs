using System.Globalization;
using NexusCart.Tests.Chaos.Mixed;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.Chaos;

/// <summary>
/// Everything at once: customers look around, fill carts, sign in, pay in every way, cancel and send back; staff send, refund, count and
/// carry; a flash sale runs. Meanwhile a program is killed every 20 seconds. Afterwards nothing that was acknowledged is missing, every
/// order has ended, and the books agree.
/// <para>
/// <c>NEXUSCART_CHAOS_MINUTES</c> says how long; <c>NEXUSCART_CHAOS_SEED</c> repeats the chances of a run, and
/// <c>NEXUSCART_CHAOS_CUSTOMERS</c> is how many customers there are at a time (6).
/// </para>
/// </summary>
public sealed class MixedLoadTests(ITestOutputHelper output)
{
    private const double ShortMinutes = 0.4;
    private static readonly double? Minutes = Number("NEXUSCART_CHAOS_MINUTES");
    private static readonly int Customers = (int)(Number("NEXUSCART_CHAOS_CUSTOMERS") ?? 6);
    private static readonly int Seed = (int)(Number("NEXUSCART_CHAOS_SEED") ?? Random.Shared.Next());

    [Fact]
    public async Task Everything_at_once_while_programs_are_killed()
    {
        Assert.SkipWhen(Minutes is null, "it takes minutes: NEXUSCART_CHAOS_MINUTES says how many; a short one with cells runs always");
        await using var shop = await RunningShop.StartAsync();
        var load = new MixedLoad(shop, Seed, output.WriteLine);
        await load.RunAsync(TimeSpan.FromMinutes(Minutes!.Value), Customers, Killer.Bookkeepers);
    }

    /// <summary>Two cells of orders from the start, a third one by an operator in the middle of it; each of them is killed, too.</summary>
    [Fact]
    public async Task A_third_cell_is_added_under_everything_at_once()
    {
        string[] cells = ["1", "2"];
        await using var shop = await RunningShop.StartAsync(ShopProfile.EmbeddedInCells(cells), cells: cells);
        Assert.Equal("Cells: 0, 1", await AddAsync(shop, "1"));
        var silent = await shop.RunCommandAsync("cells", "add", "9");
        Assert.Equal(1, silent.ExitCode);
        Assert.Equal("Cells: 0, 1", await AddAsync(shop, "1"));

        var load = new MixedLoad(shop, Seed, output.WriteLine);
        var duration = TimeSpan.FromMinutes(Minutes ?? ShortMinutes);
        load.At(duration / 3, async () =>
        {
            await load.UntilInCellsAsync("0", "1");
            Assert.Equal("Cells: 0, 1, 2", await AddAsync(shop, "2"));
            await load.UntilInCellsAsync("0", "1", "2");
        });
        await load.RunAsync(duration, Customers, Minutes is null ? ["orders-1"] : [.. Killer.Bookkeepers, "orders-1", "orders-2"]);

        await load.AssertStaffSeeAllAsync();
        await load.AssertACustomersListMergesCellsAsync();
    }

    /// <summary>An operator opens a cell; he tries again when the shop is too busy.</summary>
    private static async Task<string> AddAsync(RunningShop shop, string cell)
    {
        var limit = DateTimeOffset.UtcNow + Patience.Limit;
        while (true)
        {
            var (exitCode, printed) = await shop.RunCommandAsync("cells", "add", cell);
            if (exitCode == 0)
                return printed.Trim();
            Assert.True(DateTimeOffset.UtcNow < limit, $"The cell {cell} cannot be opened: {printed}");
        }
    }

    private static double? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? double.Parse(text, CultureInfo.InvariantCulture) : null;
}
