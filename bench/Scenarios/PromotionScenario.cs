using System.Diagnostics;
using System.Globalization;
using NexusCart.Promotions.Domain;
using NexusCart.Promotions.Domain.Evaluation;

namespace NexusCart.Bench.Scenarios;

/// <summary>
/// Evaluates baskets against active promotions in this process: what a replica of promotions does for a quote, without the way there.
/// A third of the promotions are for a category, a quarter for a brand, a quarter for SKUs, the rest for every basket with conditions;
/// kinds of rewards and of stacking are mixed. No randomness: every run measures the same.
/// </summary>
internal static class PromotionScenario
{
    private const int WarmUp = 2_000;
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Measures and prints.</summary>
    /// <param name="promotions">Active promotions.</param>
    /// <param name="lines">Lines of the basket.</param>
    /// <param name="evaluations">Evaluations that are measured, one after the other.</param>
    public static void Run(int promotions, int lines, int evaluations)
    {
        var definitions = Enumerable.Range(0, promotions).Select(PromotionOf).ToList();
        var compiling = Stopwatch.GetTimestamp();
        var book = CompiledPromotions.Compile(definitions, new CouponCodes("bench"u8.ToArray()));
        var compiled = Stopwatch.GetElapsedTime(compiling);
        var basket = new Basket(
            "EUR",
            [.. Enumerable.Range(0, lines).Select(i => new BasketLine($"sku-{i}", $"brand-{i % 40}", $"shop/department-{i % 10}/shelf-{i % 30}", 1 + (i % 3), 500 + (i * 37)))],
            490,
            new Shopper(["registered"], "storefront", IsGuest: false, IsFirstOrder: false),
            []);

        Outcome outcome = null!;
        for (var i = 0; i < WarmUp; i++)
            outcome = Evaluator.Evaluate(book, basket, new Usage(), Now);
        var times = new double[evaluations];
        for (var i = 0; i < evaluations; i++)
        {
            var started = Stopwatch.GetTimestamp();
            outcome = Evaluator.Evaluate(book, basket, new Usage(), Now);
            times[i] = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
        }

        Array.Sort(times);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{promotions} active promotions, {lines} lines: p50 {At(0.5):0} µs, p99 {At(0.99):0} µs, p99.9 {At(0.999):0} µs; {outcome.Applied.Count} applied; compiled in {compiled.TotalMilliseconds:0.0} ms"));

        double At(double part) => times[Math.Min(times.Length - 1, (int)(times.Length * part))];
    }

    private static Promotion PromotionOf(int i)
    {
        var selection = (i % 12) switch
        {
            < 4 => Selection.Everything with { Categories = [$"shop/department-{i % 25}"] },
            < 7 => Selection.Everything with { Brands = [$"brand-{i % 100}"] },
            < 10 => Selection.Everything with { Skus = [$"sku-{i % 300}", $"sku-{(i + 7) % 300}"] },
            _ => Selection.Everything,
        };
        Reward reward = (i % 5) switch
        {
            0 => new PercentageReward(100 + (i % 10 * 50)),
            1 => new FixedReward(50 + i, "EUR"),
            2 => new BuyGetReward(2, 1, 5_000),
            3 => new TieredReward(TierMeasure.Spend, [new Tier(5_000, 300, 0), new Tier(20_000, 600, 0)], "EUR"),
            _ => new FreeShippingReward(),
        };
        return new Promotion($"promotion-{i:D5}", 1, Now)
        {
            Name = $"Promotion {i}",
            Selection = selection,
            Reward = reward,
            Priority = i % 7,
            Stacking = i % 3 == 0 ? Stacking.BestOf : Stacking.Cumulative,
            Conditions = i % 12 >= 10 ? new Conditions(1_000 * (i % 50), 0, "EUR", i % 2 == 0 ? ["registered"] : ["vip"], [], false) : Conditions.None,
        };
    }
}
