using NexusCart.Platform.Errors;
using NexusCart.Promotions.Domain.Evaluation;
using NexusCart.Promotions.ReadModel;

namespace NexusCart.Promotions.Api;

/// <summary>
/// Evaluates baskets by what is in memory, and asks ledgers only where a limit could matter: first about what would count, and if that
/// changes something, about everything that could take its place.
/// </summary>
public sealed class EvaluationDesk(PromotionBook book, RedemptionDesk redemptions, TimeProvider time)
{
    /// <summary>Evaluates a basket.</summary>
    /// <param name="basket">The basket.</param>
    /// <param name="customerId">Who buys.</param>
    /// <param name="explain">Whether automatic promotions are told of that do not count.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Grpc.Core.RpcException">UNAVAILABLE: a ledger did not answer, or this replica has not read the promotions yet.</exception>
    public async Task<Outcome> EvaluateAsync(Basket basket, string customerId, bool explain, CancellationToken cancellationToken)
    {
        // A replica that has just started must not make anybody pay more.
        if (!book.IsLoaded)
            throw Refusal.Unavailable("The promotions are still being read; try again.", TimeSpan.FromSeconds(1));
        var compiled = book.Current();
        var now = time.GetUtcNow();
        var usage = new Usage();
        var outcome = Evaluator.Evaluate(compiled, basket, usage, now, explain);
        for (var isFirst = true; outcome.Unasked.Any(candidate => candidate.IsApplied); isFirst = false)
        {
            await redemptions.CountAsync(
                outcome.Unasked.Where(candidate => candidate.IsApplied || !isFirst), customerId, usage, cancellationToken);
            outcome = Evaluator.Evaluate(compiled, basket, usage, now, explain);
        }

        return outcome;
    }
}
