using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Idempotency;
using NexusCart.Platform.Security;
using NexusCart.Promotions.Actors;
using NexusCart.Promotions.Domain.FlashSales;
using NexusCart.Promotions.V1;
using FlashSaleStatus = NexusCart.Promotions.Domain.FlashSales.FlashSaleStatus;

namespace NexusCart.Promotions.Api;

/// <summary>The contract of protos/nexuscart/promotions/v1/flash_sales.proto: validates, calls, maps.</summary>
internal sealed class FlashSalesService(FlashSaleDesk desk, FlashSaleBoard board, FlashSaleActors sales, TimeProvider time) : FlashSales.FlashSalesBase
{
    private const int PageSize = 20;

    /// <inheritdoc/>
    [Authorize(Policies.PromotionsWrite)]
    public override async Task<V1.FlashSale> CreateFlashSale(CreateFlashSaleRequest request, ServerCallContext context)
    {
        var terms = FlashSaleMapping.Read(request.Terms, time.GetUtcNow());
        await sales.ListAsync(terms.SaleId, context.CancellationToken);
        var reply = await sales.ExecuteAsync(terms.SaleId, new DraftSale(terms), context.CancellationToken);
        return reply.Verdict is ClaimVerdict.Done
            ? reply.Sale!.ToMessage()
            : throw Refusal.AlreadyExists("sale_differs", $"terms.sale_id: the flash sale '{terms.SaleId}' is known with other terms.");
    }

    /// <inheritdoc/>
    [Authorize(Policies.PromotionsWrite)]
    public override async Task<V1.FlashSale> ScheduleFlashSale(ScheduleFlashSaleRequest request, ServerCallContext context)
    {
        var reply = await AskAsync(request.SaleId, new ScheduleSale(), context);
        var view = board.Put(reply.Sale!).View;
        if (reply.Verdict is ClaimVerdict.Ended)
            throw Refusal.Precondition("sale_ended", $"The flash sale '{request.SaleId}' is over.");
        return reply.Sale!.Sale.Status is FlashSaleStatus.Draft
            ? throw Refusal.Precondition("out_of_stock", $"Stock has not {view.Sale.Terms.Units} units of {view.Sale.Terms.Sku} to set aside.")
            : reply.Sale.ToMessage();
    }

    /// <inheritdoc/>
    [Authorize(Policies.PromotionsWrite)]
    public override async Task<V1.FlashSale> EndFlashSale(EndFlashSaleRequest request, ServerCallContext context)
    {
        var reply = await AskAsync(request.SaleId, new EndSale(), context);
        board.Put(reply.Sale!);
        return reply.Sale!.ToMessage();
    }

    /// <inheritdoc/>
    [AllowAnonymous]
    public override async Task<V1.FlashSale> GetFlashSale(GetFlashSaleRequest request, ServerCallContext context) =>
        FlashSaleMapping.IsSaleId(request.SaleId) && await board.FindAsync(request.SaleId, context.CancellationToken) is { } sign && IsPublic(sign.View)
            ? sign.View.ToMessage()
            : throw NoSale(request.SaleId);

    /// <inheritdoc/>
    [AllowAnonymous]
    public override async Task<ListFlashSalesResponse> ListFlashSales(ListFlashSalesRequest request, ServerCallContext context)
    {
        var page = await sales.ReadListAsync(ReadToken(request.PageToken), PageSize, context.CancellationToken);
        var response = new ListFlashSalesResponse { NextPageToken = Token(page.End) };
        foreach (var saleId in page.SaleIds)
        {
            if (await board.FindAsync(saleId, context.CancellationToken) is { } sign && IsPublic(sign.View))
                response.Sales.Add(sign.View.ToMessage());
        }

        return response;
    }

    /// <inheritdoc/>
    [Authorize(Policies.Customer)]
    public override async Task<Ticket> EnterWaitingRoom(EnterWaitingRoomRequest request, ServerCallContext context)
    {
        CheckSaleId(request.SaleId);
        var (ticket, turn) = await desk.EnterAsync(request.SaleId, context.CustomerId(), context.CancellationToken);
        return new Ticket
        {
            Ticket_ = ticket,
            ValidFrom = Timestamp.FromDateTimeOffset(turn.From),
            ValidUntil = Timestamp.FromDateTimeOffset(turn.Until),
            WaitMilliseconds = Math.Max(0, (long)Math.Ceiling((turn.From - time.GetUtcNow()).TotalMilliseconds)),
        };
    }

    /// <inheritdoc/>
    [Authorize(Policies.Customer)]
    public override async Task<ClaimResponse> Claim(ClaimRequest request, ServerCallContext context)
    {
        var key = context.RequireIdempotencyKey();
        CheckSaleId(request.SaleId);
        if (request.Quantity < 0)
            throw Refusal.Invalid("quantity", "must be 1 or more, or 0 for 1");
        var outcome = await desk.ClaimAsync(
            request.SaleId, context.CustomerId(), key, Math.Max(1, request.Quantity), request.Ticket, context.CancellationToken);
        var response = new ClaimResponse { Claimed = outcome.Claim is not null, UnitsLeft = outcome.Left };
        if (outcome.Claim is { } claim)
            response.Claim = claim.ToMessage(outcome.Terms);
        else
            response.Refusal = FlashSaleMapping.Word(outcome.Verdict);
        return response;
    }

    /// <inheritdoc/>
    [Authorize(Policies.Customer)]
    public override async Task<FlashSaleClaim> GetClaim(GetClaimRequest request, ServerCallContext context)
    {
        var (saleId, number) = FlashSaleMapping.ReadClaimId(request.ClaimId);
        return await AnswerAsync(request.ClaimId, saleId, new ReadClaim(number, context.CustomerId()), context);
    }

    /// <inheritdoc/>
    [Authorize(Policies.Customer)]
    public override async Task<FlashSaleClaim> GiveUpClaim(GiveUpClaimRequest request, ServerCallContext context)
    {
        var (saleId, number) = FlashSaleMapping.ReadClaimId(request.ClaimId);
        return await AnswerAsync(request.ClaimId, saleId, new Actors.GiveUpClaim(number, context.CustomerId()), context);
    }

    /// <inheritdoc/>
    [Authorize(Policies.Internal)]
    public override async Task<HandOverClaimResponse> HandOverClaim(HandOverClaimRequest request, ServerCallContext context)
    {
        var (saleId, number) = FlashSaleMapping.ReadClaimId(request.ClaimId);
        await AnswerAsync(request.ClaimId, saleId, new Actors.HandOverClaim(number, request.OrderId, request.CustomerId), context);
        return new HandOverClaimResponse { ReservationId = Domain.FlashSales.FlashSale.ReservationOf(saleId) };
    }

    /// <inheritdoc/>
    [Authorize(Policies.AuditRead)]
    public override async Task<AuditFlashSaleResponse> AuditFlashSale(AuditFlashSaleRequest request, ServerCallContext context)
    {
        CheckSaleId(request.SaleId);
        var from = ReadToken(request.PageToken) ?? 0;
        var page = await sales.ReadClaimsAsync(request.SaleId, from, context.CancellationToken);
        if (page.Sale is not { } view)
            throw NoSale(request.SaleId);
        var response = new AuditFlashSaleResponse
        {
            Sale = view.ToMessage(),
            ReservationId = view.Sale.Units is SetAside.Asked or SetAside.Yes ? Domain.FlashSales.FlashSale.ReservationOf(request.SaleId) : "",
            NextPageToken = from + page.Claims.Count < page.Length ? Token(from + page.Claims.Count) : "",
        };
        response.Claims.AddRange(page.Claims.Select((claim, i) => new ClaimAudit
        {
            ClaimId = ClaimId.Of(request.SaleId, from + i),
            CustomerId = claim.Customer,
            Quantity = claim.Quantity,
            Status = claim.Status.ToMessage(),
            OrderId = claim.Order ?? "",
        }));
        return response;
    }

    /// <inheritdoc/>
    [Authorize(Policies.AuditRead)]
    public override async Task<ListFlashSaleIdsResponse> ListFlashSaleIds(ListFlashSaleIdsRequest request, ServerCallContext context)
    {
        var page = await sales.ReadListAsync(ReadToken(request.PageToken), 10 * PageSize, context.CancellationToken);
        var response = new ListFlashSaleIdsResponse { NextPageToken = Token(page.End) };
        response.SaleIds.AddRange(page.SaleIds);
        return response;
    }

    private async Task<FlashSaleReply> AskAsync(string saleId, FlashSaleCommand command, ServerCallContext context)
    {
        CheckSaleId(saleId);
        var reply = await sales.ExecuteAsync(saleId, command, context.CancellationToken);
        return reply.Verdict is ClaimVerdict.Unknown ? throw NoSale(saleId) : reply;
    }

    private async Task<FlashSaleClaim> AnswerAsync(string claimId, string saleId, FlashSaleCommand command, ServerCallContext context)
    {
        var reply = await sales.ExecuteAsync(saleId, command, context.CancellationToken);
        if (reply.Claim is not { } claim || await board.FindAsync(saleId, context.CancellationToken) is not { } sign)
            throw FlashSaleMapping.NoClaim(claimId);
        return reply.Verdict switch
        {
            ClaimVerdict.Done => new NumberedClaim(reply.Number, claim).ToMessage(sign.View.Sale.Terms),
            ClaimVerdict.Released => throw Refusal.Precondition("claim_released", $"The claim '{claimId}' was given back to the sale."),
            _ => throw Refusal.Precondition("claim_taken", $"The claim '{claimId}' is being paid for, or was."),
        };
    }

    private static bool IsPublic(FlashSaleView view) => view.Sale.Status is not (FlashSaleStatus.Draft or FlashSaleStatus.Scheduling);

    private static void CheckSaleId(string saleId)
    {
        if (FlashSaleMapping.IsSaleId(saleId))
            return;
        var violations = new Violations();
        violations.CheckSaleId(saleId, "saleId");
        violations.ThrowIfAny();
    }

    private static RpcException NoSale(string saleId) => Refusal.NotFound("flash sale", saleId);

    private static int? ReadToken(string token) => token.Length == 0 ? null
        : int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw Refusal.Invalid("pageToken", "must be the nextPageToken of the page before");

    private static string Token(int position) => position == 0 ? "" : position.ToString(CultureInfo.InvariantCulture);
}
