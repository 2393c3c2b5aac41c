using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using NexusCart.Catalog.Actors;
using NexusCart.Catalog.Domain;
using NexusCart.Catalog.V1;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Security;
using NexusCart.Platform.Values;

namespace NexusCart.Catalog.Api;

/// <content>Price lists.</content>
internal sealed partial class CatalogService
{
    /// <inheritdoc/>
    [Authorize(Policies.CatalogWrite)]
    public override async Task<PriceList> PutPriceList(PutPriceListRequest request, ServerCallContext context)
    {
        RequireLoaded();
        if (request.PriceList is not { } contract)
            throw Refusal.Invalid("priceList", "is needed");
        var violations = new Violations();
        if (contract.ValidFrom is { } from)
            violations.CheckMoment(from, "priceList.validFrom");
        if (contract.ValidTo is { } to)
            violations.CheckMoment(to, "priceList.validTo");
        violations.ThrowIfAny();
        var draft = StructureMapping.ToDraft(request.PriceListId, contract);
        if (draft.Check() is { } fault)
            throw Refusal.Invalid(fault.Field, fault.Reason);
        return StructureMapping.ToContract(
            await EditAsync("price list", draft.Id, draft, request.HasExpectedVersion ? request.ExpectedVersion : null, context));
    }

    /// <inheritdoc/>
    [Authorize(Policies.CatalogWrite)]
    public override Task<ListPriceListsResponse> ListPriceLists(ListPriceListsRequest request, ServerCallContext context)
    {
        RequireLoaded();
        var answer = new ListPriceListsResponse();
        answer.PriceLists.AddRange(structure.Prices.Lists.Select(StructureMapping.ToContract));
        return Task.FromResult(answer);
    }

    /// <inheritdoc/>
    [Authorize(Policies.CatalogWrite)]
    public override async Task<SetListPricesResponse> SetListPrices(SetListPricesRequest request, ServerCallContext context)
    {
        RequireLoaded();
        if (request.Prices.Count is 0 or > MaxUpserts)
            throw Refusal.Invalid("prices", $"must be 1 to {MaxUpserts}");
        if (structure.Prices.Find(request.PriceListId) is null)
            throw Refusal.NotFound("price list", request.PriceListId);

        var answers = await Task.WhenAll(request.Prices.Select(async price =>
        {
            var draft = StructureMapping.ToDraft(request.PriceListId, price);
            if (draft.Check() is { } wrong)
                return new EntryAnswer(RevisionOutcome.Refused, null, wrong);
            if (index.FindOwner(draft.Sku) is not { } owner)
                return new EntryAnswer(RevisionOutcome.Refused, null, new ProductFault("sku", "is no product's and no variant's"));
            return await entries.ExecuteAsync(
                EntryIds.Of(draft), new PutEntry(draft with { ProductSku = owner.Sku }, ExpectedVersion: null), context.CancellationToken);
        }));

        var answer = new SetListPricesResponse();
        for (var i = 0; i < answers.Length; i++)
        {
            if (answers[i].Fault is { } fault)
                answer.Refused.Add(new ProductRefusal { Index = i, Sku = request.Prices[i].Sku, Field = fault.Field, Reason = fault.Reason });
            else if (answers[i].Outcome is RevisionOutcome.Unchanged)
                answer.Unchanged++;
            else
                answer.Changed++;
        }

        return answer;
    }

    /// <inheritdoc/>
    [Authorize(Policies.CatalogWrite)]
    public override Task<ListListPricesResponse> ListListPrices(ListListPricesRequest request, ServerCallContext context)
    {
        RequireLoaded();
        if (request.PageSize is < 0 or > MaxExport)
            throw Refusal.Invalid("pageSize", $"must be 1 to {MaxExport}, or 0 for {DefaultExport}");
        if (request.PageToken.Length > 0 && !Identifiers.IsSku(request.PageToken))
            throw Refusal.Invalid("pageToken", "must be the nextPageToken of the page before");
        if (structure.Prices.Find(request.PriceListId) is null)
            throw Refusal.NotFound("price list", request.PriceListId);

        var size = request.PageSize == 0 ? DefaultExport : request.PageSize;
        var prices = structure.Prices.Of(request.PriceListId, request.PageToken).Take(size + 1).ToList();
        var answer = new ListListPricesResponse();
        answer.Prices.AddRange(prices.Take(size).Select(StructureMapping.ToContract));
        if (prices.Count > size)
            answer.NextPageToken = answer.Prices[^1].Sku;
        return Task.FromResult(answer);
    }
}
