using Grpc.Core;
using NexusCart.Platform.Values;
using NexusCart.Promotions.Actors;
using NexusCart.Promotions.Api;
using NexusCart.Promotions.Domain;
using NexusCart.Promotions.Domain.Evaluation;
using NexusCart.Promotions.ReadModel;

namespace NexusCart.Tests.Unit.Promotions;

/// <summary>Orders redeem all or nothing, at the same time, over several ledgers, with calls that get lost.</summary>
public sealed class RedemptionDeskTests
{
    private static readonly Promotion Coupon = Some.Coupon("coupon", new FixedReward(500, "EUR")) with { Codes = [] };
    private static readonly CouponBatch Batch = new("batch", "coupon", 100, false, 1, Some.Now);
    private static readonly Campaign Spring = new("spring", "Spring", new MoneyAmount(1_000, "EUR"), 1, Some.Now);
    private static readonly Promotion Paid = Some.Automatic("paid", new FixedReward(300, "EUR")) with { CampaignId = "spring" };

    private static string Code => Some.Codes.Create("batch", 0);

    [Fact]
    public async Task Of_two_hundred_at_once_one_redeems_a_single_use_code()
    {
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cluster = new LedgerCluster(Coupon, Batch) { Held = hold.Task };
        var calls = Enumerable.Range(0, 200).Select(i => RedeemAsync(cluster, $"o{i}", $"c{i}", Use("coupon", 500, Code))).ToList();
        hold.SetResult();
        var answers = await Task.WhenAll(calls);
        Assert.Equal(1, answers.Count(refusal => refusal is null));
        Assert.Equal(199, answers.Count(refusal => refusal == RefusalCodes.CodeUsed));

        // Batched: far fewer transactions than orders.
        Assert.InRange(cluster.StoreOf("p:coupon").Transactions, 1, 100);
        await cluster.Desk.RestoreAsync($"o{Array.IndexOf(answers, null)}", ["coupon"], CancellationToken.None);
        Assert.Null(await RedeemAsync(cluster, "late", "late", Use("coupon", 500, Code)));
    }

    [Fact]
    public async Task A_refusal_of_one_ledger_gives_back_what_the_other_counted()
    {
        var cluster = new LedgerCluster(Coupon, Batch, Spring, Paid);
        Assert.Null(await RedeemAsync(cluster, "o1", "c1", Use("paid", 800)));
        Assert.Equal(RefusalCodes.BudgetExhausted, await RedeemAsync(cluster, "o2", "c2", Use("coupon", 500, Code), Use("paid", 300)));
        // The same answer again, also after what stood in the way is gone; and the code is free for others.
        await cluster.Desk.RestoreAsync("o1", ["paid"], CancellationToken.None);
        Assert.Equal(RefusalCodes.BudgetExhausted, await RedeemAsync(cluster, "o2", "c2", Use("coupon", 500, Code), Use("paid", 300)));
        Assert.Null(await RedeemAsync(cluster, "o3", "c3", Use("coupon", 500, Code), Use("paid", 300)));
    }

    [Fact]
    public async Task A_call_that_gets_lost_is_repeated_or_restored_to_nothing()
    {
        var cluster = new LedgerCluster(Coupon, Batch, Spring, Paid) { Broken = (id, batch) => id == "c:spring" && batch.Any(command => command is RedeemUses) };
        var lost = await Assert.ThrowsAsync<RpcException>(() => RedeemAsync(cluster, "o1", "c1", Use("coupon", 500, Code), Use("paid", 300)));
        Assert.Equal(StatusCode.Unavailable, lost.StatusCode);

        await cluster.Desk.RestoreAsync("o1", ["coupon", "paid"], CancellationToken.None);
        cluster.Broken = null;
        var restored = await Assert.ThrowsAsync<RpcException>(() => RedeemAsync(cluster, "o1", "c1", Use("coupon", 500, Code), Use("paid", 300)));
        Assert.Equal(StatusCode.FailedPrecondition, restored.StatusCode);
        Assert.Null(await RedeemAsync(cluster, "o2", "c2", Use("coupon", 500, Code), Use("paid", 300)));
    }

    [Fact]
    public async Task A_ledger_remembers_over_a_restart_and_keeps_little_in_memory()
    {
        var cluster = new LedgerCluster(Coupon with { CustomerLimit = 1 }, Batch);
        for (var i = 0; i < 300; i++)
            Assert.Null(await RedeemAsync(cluster, $"o{i}", $"c{i}", Use("coupon", 500)));
        Assert.InRange(cluster.StoreOf("p:coupon").LastTransaction.Count, 1, 6);
        cluster.Restart();
        Assert.Equal(RefusalCodes.CustomerLimitReached, await RedeemAsync(cluster, "again", "c7", Use("coupon", 500)));
        Assert.Null(await RedeemAsync(cluster, "o7", "c7", Use("coupon", 500)));

        var orders = new List<string>();
        for (var token = ""; ;)
        {
            var page = await cluster.Ledgers.ReadPageAsync("p:coupon", token, CancellationToken.None);
            orders.AddRange(page.Orders.Select(order => order.OrderId));
            Assert.Equal(300, page.Total.Uses);
            token = page.NextToken;
            if (token.Length == 0)
                break;
        }

        Assert.Equal(300, orders.Distinct().Count());
    }

    [Fact]
    public async Task A_turn_that_could_not_be_stored_has_not_happened()
    {
        var cluster = new LedgerCluster(Coupon, Batch);
        Assert.Null(await RedeemAsync(cluster, "o1", "c1", Use("coupon", 500)));
        cluster.StoreOf("p:coupon").FailNextSave = new IOException("The store is away.");
        await Assert.ThrowsAsync<RpcException>(() => RedeemAsync(cluster, "o2", "c2", Use("coupon", 500, Code)));
        Assert.Null(await RedeemAsync(cluster, "o3", "c3", Use("coupon", 500, Code)));
        Assert.Equal(2, (await cluster.Ledgers.ReadPageAsync("p:coupon", "", CancellationToken.None)).Total.Uses);
    }

    [Fact]
    public async Task Evaluation_asks_the_ledgers_and_looks_further_when_they_say_no()
    {
        var best = Some.Automatic("best", new FixedReward(900, "EUR")) with { TotalLimit = 1, Stacking = Stacking.BestOf };
        var second = best with { Id = "second", Name = "second", Reward = new FixedReward(800, "EUR") };
        var free = best with { Id = "free", Name = "free", Reward = new FixedReward(700, "EUR"), TotalLimit = null };
        var cluster = new LedgerCluster(best, second, free, Coupon, Batch);
        var desk = new EvaluationDesk(cluster.Book, cluster.Desk, cluster.Time);
        var basket = Some.Basket(Some.Line("a", 10_000));
        Assert.Equal(["best=900"], (await EvaluateAsync()).Amounts());
        Assert.Null(await RedeemAsync(cluster, "o1", "c1", Use("best", 900)));
        Assert.Equal(["second=800"], (await EvaluateAsync()).Amounts());
        Assert.Null(await RedeemAsync(cluster, "o2", "c2", Use("second", 800)));
        Assert.Equal(["free=700"], (await EvaluateAsync()).Amounts());
        Assert.Null(await RedeemAsync(cluster, "o3", "c3", Use("coupon", 500, Code)));
        basket = basket.With(Code);
        Assert.Contains((await EvaluateAsync()).Refused, refused => refused.Reason == RefusalCodes.CodeUsed);

        Task<Outcome> EvaluateAsync() => desk.EvaluateAsync(basket, "c9", explain: false, CancellationToken.None);
    }

    [Fact]
    public async Task A_replica_that_has_not_read_the_promotions_yet_prices_nothing()
    {
        var cluster = new LedgerCluster(Coupon);
        var desk = new EvaluationDesk(new PromotionBook(store: null!, Some.Codes), cluster.Desk, cluster.Time);
        var early = await Assert.ThrowsAsync<RpcException>(
            () => desk.EvaluateAsync(Some.Basket(Some.Line("a", 1_000)), "c1", explain: false, CancellationToken.None));
        Assert.Equal(StatusCode.Unavailable, early.StatusCode);
    }

    private static RequestedUse Use(string promotionId, long amount, string code = "") => new(promotionId, code, amount);

    private static async Task<string?> RedeemAsync(LedgerCluster cluster, string orderId, string customerId, params RequestedUse[] uses) =>
        (await cluster.Desk.RedeemAsync(orderId, customerId, "EUR", uses, CancellationToken.None))?.Reason;
}
