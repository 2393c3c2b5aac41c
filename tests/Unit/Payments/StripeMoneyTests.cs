using NexusCart.Payments.Providers.Stripe;

namespace NexusCart.Tests.Unit.Payments;

public sealed class StripeMoneyTests
{
    [Theory]
    [InlineData(1_299, "EUR", 1_299)]
    [InlineData(1_299, "JPY", 1_299)]
    [InlineData(1_299, "ISK", 129_900)]
    [InlineData(1_299, "UGX", 129_900)]
    [InlineData(129_900, "MGA", 1_299)]
    [InlineData(12_990, "KWD", 12_990)]
    public void Minor_units_become_stripes_and_back(long ours, string currency, long stripes)
    {
        Assert.True(StripeMoney.TryToStripe(ours, currency, out var amount));
        Assert.Equal(stripes, amount);
        Assert.Equal(ours, StripeMoney.FromStripe(amount, currency));
        Assert.Equal(currency.ToLowerInvariant(), StripeMoney.Currency(currency));
    }

    [Theory]
    [InlineData(12_991, "KWD")]
    [InlineData(150, "MGA")]
    public void What_stripe_cannot_count_is_not_rounded(long minorUnits, string currency) =>
        Assert.False(StripeMoney.TryToStripe(minorUnits, currency, out _));
}
