using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Security;
using NexusCart.Platform.Values;
using NexusCart.Promotions.Actors;
using NexusCart.Promotions.ReadModel;
using NexusCart.Promotions.V1;

namespace NexusCart.Promotions.Api;

/// <summary>The contract of protos/nexuscart/promotions/v1/promotions.proto: validates, calls, maps.</summary>
public sealed class PromotionsService(
    DefinitionStore definitions, PromotionBook book, Domain.CouponCodes codes, EvaluationDesk evaluations, RedemptionDesk redemptions,
    RedemptionLedgers ledgers) : V1.Promotions.PromotionsBase
{
    private const int DefaultPageSize = 50;
    private const int MaxPageSize = 200;
    private const int CodesPerPage = 1_000;

    /// <inheritdoc/>
    [Authorize(Policies.PromotionsWrite)]
    public override async Task<Campaign> PutCampaign(PutCampaignRequest request, ServerCallContext context) =>
        (await PutAsync(CampaignMapping.Read(request), context)).ToMessage();

    /// <inheritdoc/>
    [Authorize(Policies.PromotionsWrite)]
    public override async Task<Campaign> GetCampaign(GetCampaignRequest request, ServerCallContext context) =>
        (await ReadAsync<Domain.Campaign>("campaign", request.CampaignId, Domain.Campaign.KeyOf, context)).ToMessage();

    /// <inheritdoc/>
    [Authorize(Policies.PromotionsWrite)]
    public override Task<ListCampaignsResponse> ListCampaigns(ListCampaignsRequest request, ServerCallContext context)
    {
        var (page, next) = Page(book.All<Domain.Campaign>(), request.PageSize, request.PageToken);
        return Task.FromResult(new ListCampaignsResponse { Campaigns = { page.Select(CampaignMapping.ToMessage) }, NextPageToken = next });
    }

    /// <inheritdoc/>
    [Authorize(Policies.PromotionsWrite)]
    public override async Task<Promotion> PutPromotion(PutPromotionRequest request, ServerCallContext context)
    {
        var draft = PromotionMapping.Read(request);
        if (draft.CampaignId is { } campaignId && await book.FindAsync<Domain.Campaign>(Domain.Campaign.KeyOf(campaignId), context.CancellationToken) is null)
            throw Refusal.Precondition("campaign_unknown", $"promotion.campaignId: there is no campaign '{campaignId}'.");
        return (await PutAsync(draft, context)).ToMessage();
    }

    /// <inheritdoc/>
    [Authorize(Policies.PromotionsWrite)]
    public override async Task<Promotion> GetPromotion(GetPromotionRequest request, ServerCallContext context) =>
        (await ReadAsync<Domain.Promotion>("promotion", request.PromotionId, Domain.Promotion.KeyOf, context)).ToMessage();

    /// <inheritdoc/>
    [Authorize(Policies.PromotionsWrite)]
    public override Task<ListPromotionsResponse> ListPromotions(ListPromotionsRequest request, ServerCallContext context)
    {
        var all = book.All<Domain.Promotion>().Where(promotion => request.CampaignId.Length == 0 || promotion.CampaignId == request.CampaignId);
        var (page, next) = Page(all, request.PageSize, request.PageToken);
        return Task.FromResult(new ListPromotionsResponse { Promotions = { page.Select(PromotionMapping.ToMessage) }, NextPageToken = next });
    }

    /// <inheritdoc/>
    [Authorize(Policies.PromotionsWrite)]
    public override async Task<CouponBatch> PutCouponBatch(PutCouponBatchRequest request, ServerCallContext context)
    {
        var draft = CouponBatchMapping.Read(request);
        if (await book.FindAsync<Domain.Promotion>(Domain.Promotion.KeyOf(draft.PromotionId), context.CancellationToken) is not { NeedsCode: true })
            throw Refusal.Precondition("promotion_without_codes", $"batch.promotionId: there is no promotion '{draft.PromotionId}' that needs a code.");
        return (await PutAsync(draft, context)).ToMessage();
    }

    /// <inheritdoc/>
    [Authorize(Policies.PromotionsWrite)]
    public override async Task<ListCouponCodesResponse> ListCouponCodes(ListCouponCodesRequest request, ServerCallContext context)
    {
        var batch = await ReadAsync<Domain.CouponBatch>("batch", request.BatchId, Domain.CouponBatch.KeyOf, context);
        var from = 0;
        if (request.PageToken.Length > 0 && !int.TryParse(request.PageToken, NumberStyles.None, CultureInfo.InvariantCulture, out from))
            throw Refusal.Invalid("pageToken", "must be the nextPageToken of the page before");
        var until = (int)Math.Min(batch.Count, (long)from + CodesPerPage);
        var answer = new ListCouponCodesResponse { NextPageToken = until < batch.Count ? until.ToString(CultureInfo.InvariantCulture) : "" };
        for (var serial = from; serial < until; serial++)
            answer.Codes.Add(codes.Create(batch.Id, serial));
        return answer;
    }

    /// <inheritdoc/>
    [Authorize(Policies.PromotionsWrite)]
    public override Task<EvaluateResponse> Simulate(EvaluateRequest request, ServerCallContext context) => EvaluateAsync(request, explain: true, context);

    /// <inheritdoc/>
    [Authorize(Policies.Internal)]
    public override Task<EvaluateResponse> Evaluate(EvaluateRequest request, ServerCallContext context) => EvaluateAsync(request, explain: false, context);

    /// <inheritdoc/>
    [Authorize(Policies.Internal)]
    public override async Task<RedeemResponse> Redeem(RedeemRequest request, ServerCallContext context) => RedemptionMapping.ToResponse(
        await redemptions.RedeemAsync(request.OrderId, request.CustomerId, request.Currency, RedemptionMapping.Read(request), context.CancellationToken));

    /// <inheritdoc/>
    [Authorize(Policies.Internal)]
    public override async Task<RestoreResponse> Restore(RestoreRequest request, ServerCallContext context)
    {
        await redemptions.RestoreAsync(request.OrderId, RedemptionMapping.Read(request), context.CancellationToken);
        return new RestoreResponse();
    }

    /// <inheritdoc/>
    [Authorize(Policies.AuditRead)]
    public override async Task<AuditShardResponse> AuditShard(AuditShardRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.Check(request.Shard >= 0 && request.Shard < definitions.ShardCount, "shard", $"must be 0 to {definitions.ShardCount - 1}");
        violations.ThrowIfAny();
        var page = await definitions.ReadPageAsync(request.Shard, request.PageToken, context.CancellationToken);
        var answer = new AuditShardResponse { ShardCount = definitions.ShardCount, NextPageToken = page.NextToken };
        answer.Ledgers.AddRange(page.Entities.Select(LedgerOf).OfType<LedgerAudit>());
        return answer;
    }

    /// <inheritdoc/>
    [Authorize(Policies.AuditRead)]
    public override async Task<AuditLedgerResponse> AuditLedger(AuditLedgerRequest request, ServerCallContext context)
    {
        if (request.LedgerId.Length < 3 || request.LedgerId[..2] is not ("p:" or "c:") || !Identifiers.IsId(request.LedgerId[2..]))
            throw Refusal.Invalid("ledgerId", "must be a ledger's, as AuditShard names it");
        var page = await ledgers.ReadPageAsync(request.LedgerId, request.PageToken, context.CancellationToken);
        var limits = book.Current();
        return page.ToMessage(promotionId => limits.Find(promotionId)?.Promotion.TotalLimit ?? 0);
    }

    private async Task<EvaluateResponse> EvaluateAsync(EvaluateRequest request, bool explain, ServerCallContext context)
    {
        RequireLoaded();
        var basket = BasketMapping.Read(request);
        try
        {
            return (await evaluations.EvaluateAsync(basket, request.CustomerId, explain, context.CancellationToken)).ToMessage();
        }
        catch (OverflowException)
        {
            throw Refusal.Precondition("total_out_of_range", "lines: their total is too large.");
        }
    }

    private async Task<T> PutAsync<T>(T draft, ServerCallContext context)
        where T : Domain.Definition
    {
        var stored = await definitions.PutAsync(draft, context.CancellationToken);
        // Whoever wrote reads his write, even before the event has come round.
        book.Put(stored);
        return stored;
    }

    private async Task<T> ReadAsync<T>(string what, string id, Func<string, string> keyOf, ServerCallContext context)
        where T : Domain.Definition =>
        Identifiers.IsId(id) && await definitions.ReadAsync(keyOf(id), context.CancellationToken) is T definition
            ? definition
            : throw Refusal.NotFound(what, id);

    private (IReadOnlyList<T> Page, string Next) Page<T>(IEnumerable<T> all, int pageSize, string token)
        where T : Domain.Definition
    {
        RequireLoaded();
        var violations = new Violations();
        violations.Check(pageSize is >= 0 and <= MaxPageSize, "pageSize", $"must be 1 to {MaxPageSize}, or 0 for {DefaultPageSize}");
        violations.Check(token.Length == 0 || Identifiers.IsId(token), "pageToken", "must be the nextPageToken of the page before");
        violations.ThrowIfAny();
        var size = pageSize == 0 ? DefaultPageSize : pageSize;
        var found = all.Where(definition => string.CompareOrdinal(definition.Id, token) > 0).Take(size + 1).ToList();
        return found.Count > size ? (found[..size], found[size - 1].Id) : (found, "");
    }

    private void RequireLoaded()
    {
        if (!book.IsLoaded)
            throw Refusal.Unavailable("Promotions are starting.", TimeSpan.FromSeconds(1));
    }

    private static LedgerAudit? LedgerOf(Domain.Definition definition) => definition switch
    {
        Domain.Campaign campaign => new LedgerAudit { LedgerId = "c:" + campaign.Id, Budget = campaign.Budget?.ToMessage() },
        Domain.Promotion { CampaignId: null } promotion => new LedgerAudit { LedgerId = promotion.LedgerId },
        _ => null,
    };
}
