using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NexusCart.Platform.Events;
using NexusCart.Promotions.Api;
using NexusCart.Promotions.Domain;
using NexusCart.Promotions.Domain.Evaluation;
using NexusCart.Promotions.Events;

namespace NexusCart.Tests.Unit.Promotions;

/// <summary>What a cancelled order gives back of coupons and budgets, however often and whenever it is told.</summary>
public sealed class RevokedOrderTests
{
    private static readonly Promotion Coupon = Some.Coupon("coupon", new FixedReward(500, "EUR")) with { Codes = [] };
    private static readonly CouponBatch Batch = new("batch", "coupon", 100, false, 1, Some.Now);
    private static readonly Campaign Spring = new("spring", "Spring", new NexusCart.Platform.Values.MoneyAmount(300, "EUR"), 1, Some.Now);
    private static readonly Promotion Paid = Some.Automatic("paid", new FixedReward(300, "EUR")) with { CampaignId = "spring" };

    private readonly LedgerCluster _cluster = new(Coupon, Batch, Spring, Paid);

    private static string Code => Some.Codes.Create("batch", 0);

    [Fact]
    public async Task A_whole_cancellation_gives_code_and_budget_back_once()
    {
        Assert.Null(await RedeemAsync("o1", "ann"));
        Assert.NotNull(await RedeemAsync("o2", "bob"));

        await TellAsync("o1", isWhole: true, "coupon", "paid");
        await TellAsync("o1", isWhole: true, "coupon", "paid");
        Assert.Null(await RedeemAsync("o3", "eve"));

        // Told once more, late: what another order uses by now is not touched.
        await TellAsync("o1", isWhole: true, "coupon", "paid");
        Assert.Equal(RefusalCodes.CodeUsed, (await RedeemAsync("o4", "joe"))?.Reason);
    }

    [Theory]
    [InlineData(false, "coupon", "paid")]
    [InlineData(true)]
    public async Task An_order_of_which_something_is_left_keeps_its_uses(bool isWhole, params string[] promotionIds)
    {
        Assert.Null(await RedeemAsync("o1", "ann"));
        await TellAsync("o1", isWhole, promotionIds);
        Assert.Equal(RefusalCodes.CodeUsed, (await RedeemAsync("o2", "bob"))?.Reason);
    }

    private async Task TellAsync(string orderId, bool isWhole, params string[] promotionIds)
    {
        await using var services = new ServiceCollection().AddSingleton(_cluster.Desk).BuildServiceProvider();
        // As orders tells it: no list where there were no promotions.
        var data = JsonSerializer.SerializeToElement(promotionIds.Length == 0
            ? (object)new { orderId, isWhole, cancelId = "c1" }
            : new { orderId, isWhole, cancelId = "c1", promotionIds });
        await new Subscription().OnRevokedOrders().Handler(OrderRevoked.Type)!(
            data, new EventContext($"{orderId}:c1:revoked", OrderRevoked.Type, "orders", orderId, services, CancellationToken.None));
    }

    private async Task<NexusCart.Promotions.Domain.Redemptions.UseRefusal?> RedeemAsync(string orderId, string customer) => await _cluster.Desk.RedeemAsync(
        orderId, customer, "EUR", [new RequestedUse("coupon", Code, 500), new RequestedUse("paid", "", 300)], CancellationToken.None);
}
