using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Security;
using NexusCart.Platform.Values;
using NexusCart.Promotions.Actors;
using NexusCart.Promotions.V1;

namespace NexusCart.Promotions.Api;

/// <summary>The contract of protos/nexuscart/promotions/v1/promotions.proto: validates, calls, maps.</summary>
[Authorize(Policies.PromotionsWrite)]
public sealed class PromotionsService(DefinitionStore definitions) : V1.Promotions.PromotionsBase
{
    /// <inheritdoc/>
    public override async Task<Campaign> PutCampaign(PutCampaignRequest request, ServerCallContext context) =>
        (await definitions.PutAsync(CampaignMapping.Read(request), context.CancellationToken)).ToMessage();

    /// <inheritdoc/>
    public override async Task<Campaign> GetCampaign(GetCampaignRequest request, ServerCallContext context)
    {
        if (!Identifiers.IsId(request.CampaignId)
            || await definitions.ReadAsync(Domain.Campaign.KeyOf(request.CampaignId), context.CancellationToken) is not Domain.Campaign campaign)
        {
            throw Refusal.NotFound("campaign", request.CampaignId);
        }

        return campaign.ToMessage();
    }
}
