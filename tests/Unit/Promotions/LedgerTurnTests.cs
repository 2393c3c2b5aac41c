using CsCheck;
using NexusCart.Promotions.Domain.Evaluation;
using NexusCart.Promotions.Domain.Redemptions;

namespace NexusCart.Tests.Unit.Promotions;

/// <summary>A ledger keeps its limits and forgets nothing, whatever comes twice, late or in another order.</summary>
public sealed class LedgerTurnTests
{
    private const long TotalLimit = 3;
    private const int CustomerLimit = 2;
    private const long Budget = 1_000;

    private static readonly Gen<(bool Restore, int Order)[]> Operations = Gen.Select(Gen.Bool, Gen.Int[0, 9]).Array[1, 40];

    [Fact]
    public void A_code_is_redeemed_by_one_order_and_is_free_again_when_that_is_restored()
    {
        var ledger = new Books();
        Assert.Equal(RedeemVerdict.Redeemed, ledger.Redeem("o1", "c1", 100, code: "K"));
        Assert.Equal(RefusalCodes.CodeUsed, ledger.RefusalOf("o2", "c2", 100, code: "K"));
        ledger.Restore("o1");
        Assert.Equal(RedeemVerdict.Redeemed, ledger.Redeem("o3", "c3", 100, code: "K"));
        // A refusal is final: what the order held elsewhere has been given back.
        Assert.Equal(RefusalCodes.CodeUsed, ledger.RefusalOf("o2", "c2", 100, code: "K"));
    }

    [Fact]
    public void Limits_and_budget_are_told_apart()
    {
        var ledger = new Books();
        Assert.Equal(RedeemVerdict.Redeemed, ledger.Redeem("o1", "c1", 400));
        Assert.Equal(RedeemVerdict.Redeemed, ledger.Redeem("o2", "c1", 400));
        Assert.Equal(RefusalCodes.CustomerLimitReached, ledger.RefusalOf("o3", "c1", 1));
        Assert.Equal(RefusalCodes.BudgetExhausted, ledger.RefusalOf("o4", "c2", 201));
        Assert.Equal(RedeemVerdict.Redeemed, ledger.Redeem("o5", "c2", 200));
        Assert.Equal(RefusalCodes.LimitReached, ledger.RefusalOf("o6", "c3", 1));
    }

    [Fact]
    public void A_repetition_gets_the_same_answer_and_counts_once()
    {
        var ledger = new Books();
        Assert.Equal(RedeemVerdict.Redeemed, ledger.Redeem("o1", "c1", 100));
        Assert.Equal(RedeemVerdict.Redeemed, ledger.Redeem("o1", "c1", 100));
        Assert.Equal(RedeemVerdict.OtherUses, ledger.Redeem("o1", "c1", 101));
        Assert.Equal((1L, 100L), (ledger.Total.Uses, ledger.Total.SpentIn("EUR")));
        ledger.Restore("o1");
        ledger.Restore("o1");
        Assert.Equal((0L, 0L), (ledger.Total.Uses, ledger.Total.SpentIn("EUR")));
        Assert.Equal(RedeemVerdict.Restored, ledger.Redeem("o1", "c1", 100));
    }

    [Fact]
    public void What_is_given_back_before_it_arrives_stays_given_back()
    {
        var ledger = new Books();
        ledger.Restore("o1");
        Assert.Equal(RedeemVerdict.Restored, ledger.Redeem("o1", "c1", 100));
        Assert.Equal(0, ledger.Total.Uses);
    }

    [Fact]
    public void Limits_hold_and_sums_are_those_of_the_orders_that_count() => Operations.Sample(operations =>
    {
        var ledger = new Books();
        foreach (var (restore, order) in operations)
        {
            if (restore)
                ledger.Restore($"o{order}");
            else
                ledger.Redeem($"o{order}", $"c{order % 4}", 100 + (order * 50), order % 3 == 0 ? "K" : null);

            var counting = ledger.Counting;
            Assert.Equal(counting.Count, ledger.Total.Uses);
            Assert.Equal(counting.Sum(item => item.Uses[0].MinorUnits), ledger.Total.SpentIn("EUR"));
            Assert.True(counting.Count <= TotalLimit);
            Assert.True(ledger.Total.SpentIn("EUR") <= Budget);
            Assert.All(counting.GroupBy(item => item.CustomerId), group => Assert.True(group.Count() <= CustomerLimit));
            Assert.True(counting.Count(item => item.Uses[0].SingleUseCode is not null) <= 1);
        }
    });

    /// <summary>A ledger in memory: every turn is stored at once.</summary>
    private sealed class Books : ILedgerView
    {
        private readonly Dictionary<string, OrderRedemption> _orders = [];
        private readonly Dictionary<string, Tally> _promotions = [];
        private readonly Dictionary<(string, string), int> _customers = [];
        private readonly Dictionary<string, string?> _codes = [];

        public Tally Total { get; private set; } = Tally.Zero;

        public IReadOnlyList<OrderRedemption> Counting => [.. _orders.Values.Where(order => order.Status is RedemptionStatus.Redeemed)];

        public OrderRedemption? Order(string orderId) => _orders.GetValueOrDefault(orderId);

        public Tally Promotion(string promotionId) => _promotions.GetValueOrDefault(promotionId, Tally.Zero);

        public int UsesBy(string promotionId, string customerId) => _customers.GetValueOrDefault((promotionId, customerId));

        public string? HolderOf(string singleUseCode) => _codes.GetValueOrDefault(singleUseCode);

        public RedeemVerdict Redeem(string orderId, string customerId, long amount, string? code = null) => Turn(turn => Redeem(turn, orderId, customerId, amount, code).Verdict);

        public string? RefusalOf(string orderId, string customerId, long amount, string? code = null) => Turn(turn => Redeem(turn, orderId, customerId, amount, code).Refusal?.Reason);

        public void Restore(string orderId) => Turn(turn =>
        {
            turn.Restore(orderId);
            return 0;
        });

        private static RedeemAnswer Redeem(LedgerTurn turn, string orderId, string customerId, long amount, string? code) =>
            turn.Redeem(orderId, customerId, "EUR", [new Demand(new Use("p", amount, code), TotalLimit, CustomerLimit)], Budget);

        private T Turn<T>(Func<LedgerTurn, T> act)
        {
            var turn = new LedgerTurn(this, Some.Now);
            var answer = act(turn);
            Total = turn.Total;
            foreach (var order in turn.Orders)
                _orders[order.OrderId] = order;
            foreach (var (id, tally) in turn.Promotions)
                _promotions[id] = tally;
            foreach (var (key, uses) in turn.Customers)
                _customers[key] = uses;
            foreach (var (code, holder) in turn.Codes)
                _codes[code] = holder;
            return answer;
        }
    }
}
