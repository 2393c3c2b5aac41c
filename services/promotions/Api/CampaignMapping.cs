using Google.Protobuf.WellKnownTypes;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Values;
using NexusCart.Promotions.V1;

namespace NexusCart.Promotions.Api;

/// <summary>Campaigns in the contract.</summary>
public static class CampaignMapping
{
    private const int MaxName = 200;

    /// <summary>Judges a request.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, with every field that is wrong.</exception>
    public static Domain.Campaign Read(PutCampaignRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var campaign = request.Campaign ?? new Campaign();
        var violations = new Violations();
        violations.CheckId(request.CampaignId, "campaignId");
        violations.Check(
            campaign.CampaignId.Length == 0 || campaign.CampaignId == request.CampaignId, "campaign.campaignId", "must be the campaign's, or empty");
        violations.Check(IsName(campaign.Name), "campaign.name", $"must be 1 to {MaxName} characters");
        violations.Check(campaign.Version >= 0, "campaign.version", "must be the version to replace, or 0");
        if (campaign.Budget is not null)
            violations.CheckMoney(campaign.Budget, "campaign.budget");
        violations.ThrowIfAny();
        return new Domain.Campaign(
            request.CampaignId, campaign.Name, campaign.Budget is null ? null : MoneyAmount.From(campaign.Budget), campaign.Version, default);
    }

    /// <summary>A campaign as staff see it.</summary>
    public static Campaign ToMessage(this Domain.Campaign campaign)
    {
        ArgumentNullException.ThrowIfNull(campaign);
        return new Campaign
        {
            CampaignId = campaign.Id,
            Name = campaign.Name,
            Budget = campaign.Budget?.ToMessage(),
            Version = campaign.Version,
            UpdatedAt = Timestamp.FromDateTimeOffset(campaign.UpdatedAt),
        };
    }

    /// <summary>Whether a text will do as a name.</summary>
    internal static bool IsName(string text) => !string.IsNullOrWhiteSpace(text) && text.Length <= MaxName && !text.Any(char.IsControl);
}
