using NexusCart.Platform.Values;
using NexusCart.Promotions.Domain.FlashSales;

namespace NexusCart.Tests.Unit.Promotions.FlashSales;

internal static class Some
{
    public static readonly DateTimeOffset Now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A sale that starts in an hour and takes another.</summary>
    public static FlashSaleTerms Terms(int units = 10, int perCustomer = 1) => new(
        "autumn", "mug", units, new MoneyAmount(199, "EUR"), Now.AddHours(1), Now.AddHours(2), perCustomer, ClaimSeconds: 60,
        AdmissionsPerSecond: 0, AdmissionBurst: 1);
}
