using NexusCart.Platform.Caching;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Security;
using NexusCart.Promotions.Actors;
using NexusCart.Promotions.Domain.FlashSales;

namespace NexusCart.Promotions.Api;

/// <summary>What came of a claim.</summary>
/// <param name="Verdict">Done, SoldOut, LimitReached, NotStarted or Ended.</param>
/// <param name="Terms">What the sale offers.</param>
/// <param name="Left">Units nobody has claimed, as far as this replica has heard.</param>
/// <param name="Claim">The claim, when done.</param>
internal readonly record struct ClaimOutcome(ClaimVerdict Verdict, FlashSaleTerms Terms, int Left, NumberedClaim? Claim);

/// <summary>Where customers queue and claim.</summary>
internal sealed class FlashSaleDesk
{
    /// <summary>The secret with the keys that sign tickets.</summary>
    public const string TicketKeySecret = "flash-sale-ticket-key";

    private const int Stripes = 64;
    private readonly FlashSaleBoard _board;
    private readonly FlashSaleActors _sales;
    private readonly FlashSaleOptions _options;
    private readonly TimeProvider _time;
    private readonly Lazy<TicketSeal> _seal;
    private readonly GenerationalCache<(string SaleId, string CustomerId), Turn> _turns;
    private readonly Lock[] _stripes = [.. Enumerable.Range(0, Stripes).Select(static _ => new Lock())];

    public FlashSaleDesk(FlashSaleBoard board, FlashSaleActors sales, ISecrets secrets, FlashSaleOptions options, TimeProvider time)
    {
        (_board, _sales, _options, _time) = (board, sales, options, time);
        _turns = new(options.RememberedTurns);
        // Secrets are there once the service has started.
        _seal = new(() => new TicketSeal(secrets[TicketKeySecret]));
    }

    /// <summary>Gives a customer his turn; the same one as long as it is good.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND, or FAILED_PRECONDITION: the sale is over.</exception>
    public async Task<(string Ticket, Turn Turn)> EnterAsync(string saleId, string customerId, CancellationToken cancellationToken)
    {
        var sign = await FindAsync(saleId, cancellationToken);
        if (sign.View.Sale.Status is FlashSaleStatus.Ended)
            throw Refusal.Precondition("sale_ended", $"The flash sale '{saleId}' is over.");
        var now = _time.GetUtcNow();
        if (sign.Room is null)
        {
            var terms = sign.View.Sale.Terms;
            return ("", new Turn(terms.StartsAt > now ? terms.StartsAt : now, terms.EndsAt));
        }

        var turn = TurnOf(sign.Room, (saleId, customerId), now);
        return (_seal.Value.Sign(saleId, customerId, turn), turn);
    }

    /// <summary>Claims units.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND; ALREADY_EXISTS: the key was used otherwise; FAILED_PRECONDITION or
    /// RESOURCE_EXHAUSTED: the ticket does not allow it, or not yet; UNAVAILABLE: unknown, repeat with the same key.</exception>
    public async ValueTask<ClaimOutcome> ClaimAsync(
        string saleId, string customerId, string key, int quantity, string ticket, CancellationToken cancellationToken)
    {
        var sign = await FindAsync(saleId, cancellationToken);
        var now = _time.GetUtcNow();
        if (sign.Refusal(customerId, now) is { } refusal)
            return new ClaimOutcome(refusal, sign.View.Sale.Terms, sign.View.Left, null);
        if (sign.Room is not null)
            CheckTicket(saleId, customerId, ticket, now);

        var reply = await _sales.ExecuteAsync(saleId, new OpenClaim(customerId, key, quantity), cancellationToken);
        sign.Hear(reply, now);
        return reply.Verdict switch
        {
            ClaimVerdict.KeyReused => throw Refusal.KeyReused(),
            ClaimVerdict.Unknown => throw NotFound(saleId),
            _ => new ClaimOutcome(
                reply.Verdict, sign.View.Sale.Terms, reply.Left, reply.Claim is { } claim ? new NumberedClaim(reply.Number, claim) : null),
        };
    }

    /// <summary>A sale that is not a draft.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND.</exception>
    private async ValueTask<FlashSaleSign> FindAsync(string saleId, CancellationToken cancellationToken) =>
        await _board.FindAsync(saleId, cancellationToken) is { } sign && sign.View.Sale.Status is not FlashSaleStatus.Draft ? sign : throw NotFound(saleId);

    private static Grpc.Core.RpcException NotFound(string saleId) => Refusal.NotFound("flash sale", saleId);

    private Turn TurnOf(AdmissionBucket room, (string SaleId, string CustomerId) who, DateTimeOffset now)
    {
        // One at a time for each customer: asking twice at once must not take two places.
        lock (_stripes[(uint)who.GetHashCode() % Stripes])
        {
            if (_turns.TryGet(who, out var known) && known.Until > now)
                return known;
            var from = room.Next(now);
            var turn = new Turn(from, from + _options.TicketTime);
            _turns.Set(who, turn);
            return turn;
        }
    }

    private void CheckTicket(string saleId, string customerId, string ticket, DateTimeOffset now)
    {
        if (!_seal.Value.TryRead(ticket, saleId, customerId, out var turn))
            throw Refusal.Precondition("ticket_invalid", "ticket: a ticket of this sale's waiting room is needed, made out for you.");
        // Times on tickets are whole milliseconds.
        if (now.ToUnixTimeMilliseconds() < turn.From.ToUnixTimeMilliseconds())
            throw Refusal.Exhausted("ticket: it is not your turn yet.", turn.From - now);
        if (now >= turn.Until)
            throw Refusal.Precondition("ticket_expired", "ticket: your turn is over; enter the waiting room again.");
    }
}
