using Grpc.Core;
using NexusCart.Platform.Errors;
using NexusCart.Promotions.Actors;
using NexusCart.Promotions.Domain;
using NexusCart.Promotions.Domain.Evaluation;
using NexusCart.Promotions.Domain.Redemptions;
using NexusCart.Promotions.ReadModel;

namespace NexusCart.Promotions.Api;

/// <summary>A use as an order names it.</summary>
/// <param name="PromotionId">The promotion.</param>
/// <param name="Code">The code that opened it, in its normal form; empty for an automatic promotion.</param>
/// <param name="MinorUnits">What it gives the order.</param>
public sealed record RequestedUse(string PromotionId, string Code, long MinorUnits);

/// <summary>
/// Redeems on as many ledgers as an order needs, all or none. A ledger remembers that it refused an order, so whoever comes second, or
/// repeats, gets the same answer everywhere; what the other ledgers counted is given back.
/// </summary>
public sealed class RedemptionDesk(RedemptionLedgers ledgers, PromotionBook book)
{
    /// <summary>Counts the uses of an order, or none of them.</summary>
    /// <returns>Why they were refused; null when they count.</returns>
    /// <exception cref="RpcException">FAILED_PRECONDITION: the order is known with other uses, or was restored, or a promotion does not
    /// exist. UNAVAILABLE: unknown, repeat it.</exception>
    public async Task<UseRefusal?> RedeemAsync(
        string orderId, string customerId, string currency, IReadOnlyList<RequestedUse> uses, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(uses);
        var commands = await CommandsAsync(orderId, customerId, currency, uses, cancellationToken);
        var replies = await Task.WhenAll(commands.Select(command => ledgers.SendAsync(command.LedgerId, command.Command)));
        if (Array.TrueForAll(replies, reply => reply.Verdict is RedeemVerdict.Redeemed))
            return null;
        if (Array.Exists(replies, reply => reply.Verdict is RedeemVerdict.OtherUses))
            throw Refusal.Precondition("redemption_differs", $"Order {orderId} is known with other uses.");

        await Task.WhenAll(commands.Select(command => ledgers.SendAsync(command.LedgerId, new RestoreUses(orderId))));
        return Array.Find(replies, reply => reply.Refusal is not null)?.Refusal
            ?? throw Refusal.Precondition("redemption_restored", $"The uses of order {orderId} were given back.");
    }

    /// <summary>Gives the uses of an order back.</summary>
    /// <exception cref="RpcException">FAILED_PRECONDITION: a promotion does not exist. UNAVAILABLE: unknown, repeat it.</exception>
    public async Task RestoreAsync(string orderId, IEnumerable<string> promotionIds, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(promotionIds);
        var found = await Task.WhenAll(promotionIds.Select(id => FindAsync(id, cancellationToken)));
        await Task.WhenAll(found.Select(promotion => promotion.LedgerId).Distinct(StringComparer.Ordinal)
            .Select(ledgerId => ledgers.SendAsync(ledgerId, new RestoreUses(orderId))));
    }

    /// <summary>Asks the ledgers what they know of candidates.</summary>
    /// <exception cref="RpcException">UNAVAILABLE: a ledger did not answer.</exception>
    public async Task CountAsync(IEnumerable<Candidate> candidates, string customerId, Usage usage, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(usage);
        var groups = candidates.GroupBy(candidate => candidate.Promotion.LedgerId, StringComparer.Ordinal).Select(group => group.ToList()).ToList();
        var replies = await Task.WhenAll(groups.Select(group => ledgers.SendAsync(
            group[0].Promotion.LedgerId,
            new CountUses(
                customerId, [.. group.Select(candidate => candidate.Promotion.Id)], [.. group.Select(candidate => candidate.SingleUseCode).OfType<string>()]),
            cancellationToken)));
        foreach (var (group, reply) in groups.Zip(replies))
        {
            foreach (var (candidate, count) in group.Zip(reply.Uses!))
                usage.Note(candidate.Promotion.Id, new UseCount(count.Total, count.ByCustomer));
            foreach (var code in reply.UsedCodes!)
                usage.NoteUsed(code);
            if (group[0].BudgetCurrency is { } currency)
                usage.NoteSpent(group[0].Promotion.LedgerId, reply.Total!.SpentIn(currency));
        }
    }

    private async Task<List<(string LedgerId, RedeemUses Command)>> CommandsAsync(
        string orderId, string customerId, string currency, IReadOnlyList<RequestedUse> uses, CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(uses.Select(use => FindAsync(use.PromotionId, cancellationToken)));
        var commands = new List<(string, RedeemUses)>();
        foreach (var group in uses.Zip(found).GroupBy(item => item.Second.LedgerId, StringComparer.Ordinal))
        {
            var budget = await BudgetAsync(group.First().Second, currency, cancellationToken);
            commands.Add((group.Key, new RedeemUses(orderId, customerId, currency, [.. group.Select(item => DemandOf(item.First, item.Second))], budget)));
        }

        return commands;
    }

    private static Demand DemandOf(RequestedUse use, Promotion promotion) => new(
        new Use(promotion.Id, use.MinorUnits, promotion.Codes.Contains(use.Code, StringComparer.Ordinal) ? null : CouponCodes.Compact(use.Code)),
        promotion.TotalLimit,
        promotion.EffectiveCustomerLimit);

    private async Task<long?> BudgetAsync(Promotion promotion, string currency, CancellationToken cancellationToken)
    {
        if (promotion.CampaignId is not { } id || await book.FindAsync<Campaign>(Campaign.KeyOf(id), cancellationToken) is not { Budget: { } budget })
            return null;
        return budget.Currency == currency
            ? budget.MinorUnits
            : throw Refusal.Precondition("currency_mismatch", $"The budget of campaign '{id}' is in {budget.Currency}.");
    }

    private async Task<Promotion> FindAsync(string promotionId, CancellationToken cancellationToken) =>
        await book.FindAsync<Promotion>(Promotion.KeyOf(promotionId), cancellationToken)
        ?? throw Refusal.Precondition("promotion_unknown", $"There is no promotion '{promotionId}'.");
}
