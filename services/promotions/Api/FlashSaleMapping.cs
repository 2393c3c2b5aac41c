using Google.Protobuf.WellKnownTypes;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Values;
using NexusCart.Promotions.Actors;
using NexusCart.Promotions.Domain.FlashSales;

namespace NexusCart.Promotions.Api;

/// <summary>Flash sales in the contract.</summary>
internal static class FlashSaleMapping
{
    /// <summary>Sale ids are part of claim ids and of reservation ids, which have 64 characters.</summary>
    private const int MaxSaleId = 40;
    private const int MaxUnits = 1_000_000;
    private const int MaxPerCustomer = 100;
    private const int DefaultClaimSeconds = 300;
    private const int MaxRate = 1_000_000;
    private static readonly TimeSpan Farthest = TimeSpan.FromDays(150);

    /// <summary>Judges the terms of a new sale.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, with every field that is wrong.</exception>
    public static FlashSaleTerms Read(V1.FlashSaleTerms? message, DateTimeOffset now)
    {
        var terms = message ?? new V1.FlashSaleTerms();
        var violations = new Violations();
        violations.CheckSaleId(terms.SaleId, "terms.saleId");
        violations.CheckSku(terms.Sku, "terms.sku");
        violations.Check(terms.Units is >= 1 and <= MaxUnits, "terms.units", "must be 1 to 1,000,000");
        violations.CheckMoney(terms.UnitPrice, "terms.unitPrice", least: 1);
        violations.Check(terms.UnitsPerCustomer is >= 0 and <= MaxPerCustomer, "terms.unitsPerCustomer", "must be 1 to 100, or 0 for 1");
        violations.Check(terms.ClaimSeconds is 0 or (>= 10 and <= 3_600), "terms.claimSeconds", "must be 10 to 3,600, or 0 for 300");
        violations.Check(terms.AdmissionsPerSecond is >= 0 and <= MaxRate, "terms.admissionsPerSecond", "must be 0 to 1,000,000");
        violations.Check(terms.AdmissionBurst is >= 0 and <= MaxRate, "terms.admissionBurst", "must be 0 to 1,000,000");
        var startsAt = violations.Time(terms.StartsAt, "terms.startsAt");
        var endsAt = violations.Time(terms.EndsAt, "terms.endsAt");
        if (startsAt is not null && endsAt is not null)
            violations.Check(endsAt > startsAt && endsAt <= now + Farthest, "terms.endsAt", "must be after startsAt, and at most 150 days from now");
        violations.ThrowIfAny();
        return new FlashSaleTerms(
            terms.SaleId, terms.Sku, terms.Units, MoneyAmount.From(terms.UnitPrice), startsAt!.Value, endsAt!.Value,
            Math.Max(1, terms.UnitsPerCustomer),
            terms.ClaimSeconds == 0 ? DefaultClaimSeconds : terms.ClaimSeconds,
            terms.AdmissionsPerSecond,
            terms.AdmissionBurst == 0 ? Math.Max(1, terms.AdmissionsPerSecond) : terms.AdmissionBurst);
    }

    /// <summary>Adds a violation unless the text can be a sale's id.</summary>
    public static bool CheckSaleId(this Violations violations, string saleId, string field) =>
        violations.Check(IsSaleId(saleId), field, "must be 1 to 40 of A-Z a-z 0-9 _ -");

    /// <summary>Whether a text can be a sale's id.</summary>
    public static bool IsSaleId(string? saleId) => saleId is { Length: <= MaxSaleId } && Identifiers.IsId(saleId);

    /// <summary>Takes a claim's id apart.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND: no claim has such an id.</exception>
    public static (string SaleId, int Number) ReadClaimId(string claimId) =>
        ClaimId.TryRead(claimId, out var saleId, out var number) && IsSaleId(saleId) ? (saleId, number) : throw NoClaim(claimId);

    /// <summary>There is no such claim, or the caller may not know of it.</summary>
    public static Grpc.Core.RpcException NoClaim(string claimId) => Refusal.NotFound("claim", claimId);

    /// <summary>A sale as everybody sees it.</summary>
    public static V1.FlashSale ToMessage(this FlashSaleView view)
    {
        var terms = view.Sale.Terms;
        return new V1.FlashSale
        {
            Terms = new V1.FlashSaleTerms
            {
                SaleId = terms.SaleId,
                Sku = terms.Sku,
                Units = terms.Units,
                UnitPrice = terms.UnitPrice.ToMessage(),
                StartsAt = Timestamp.FromDateTimeOffset(terms.StartsAt),
                EndsAt = Timestamp.FromDateTimeOffset(terms.EndsAt),
                UnitsPerCustomer = terms.UnitsPerCustomer,
                ClaimSeconds = terms.ClaimSeconds,
                AdmissionsPerSecond = terms.AdmissionsPerSecond,
                AdmissionBurst = terms.AdmissionBurst,
            },
            Status = (V1.FlashSaleStatus)(1 + (int)view.Sale.Status),
            Reason = view.Sale.Reason ?? "",
            UnitsLeft = view.Left,
            UnitsPaid = view.Paid,
            Version = view.Version,
        };
    }

    /// <summary>A claim as its customer sees it.</summary>
    public static V1.FlashSaleClaim ToMessage(this NumberedClaim numbered, FlashSaleTerms terms)
    {
        var (number, claim) = (numbered.Number, numbered.Claim);
        return new V1.FlashSaleClaim
        {
            ClaimId = ClaimId.Of(terms.SaleId, number),
            SaleId = terms.SaleId,
            Sku = terms.Sku,
            Quantity = claim.Quantity,
            UnitPrice = terms.UnitPrice.ToMessage(),
            Status = claim.Status.ToMessage(),
            ExpiresAt = claim.Status is ClaimStatus.Open ? Timestamp.FromDateTimeOffset(claim.ExpiresAt) : null,
            OrderId = claim.Order ?? "",
        };
    }

    /// <summary>A claim's status in the contract.</summary>
    public static V1.FlashSaleClaimStatus ToMessage(this ClaimStatus status) => (V1.FlashSaleClaimStatus)(1 + (int)status);

    /// <summary>Why a claim got nothing, in the contract's words.</summary>
    public static string Word(ClaimVerdict refusal) => refusal switch
    {
        ClaimVerdict.SoldOut => "sold_out",
        ClaimVerdict.LimitReached => "limit_reached",
        ClaimVerdict.NotStarted => "not_started",
        ClaimVerdict.Ended => "ended",
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, "Is no refusal."),
    };

    private static DateTimeOffset? Time(this Violations violations, Timestamp? time, string field)
    {
        try
        {
            return violations.Check(time is not null, field, "is needed") ? time!.ToDateTimeOffset() : null;
        }
        catch (InvalidOperationException)
        {
            violations.Add(field, "must be a time of the years 1 to 9999");
            return null;
        }
    }
}
