using CsCheck;
using NexusCart.Payments.Providers.PayPal;

namespace NexusCart.Tests.Unit.Payments;

public sealed class PayPalMoneyTests
{
    [Theory]
    [InlineData(1_234, "EUR", "12.34")]
    [InlineData(5, "USD", "0.05")]
    [InlineData(100, "GBP", "1.00")]
    [InlineData(1_234, "JPY", "1234")]
    [InlineData(123_400, "HUF", "1234")]
    [InlineData(123_400, "TWD", "1234")]
    public void Amounts_are_decimal_strings(long minorUnits, string currency, string value)
    {
        Assert.True(PayPalMoney.TryToPayPal(minorUnits, currency, out var written));
        Assert.Equal(value, written);
        Assert.Equal(minorUnits, PayPalMoney.FromPayPal(written, currency));
    }

    [Theory]
    [InlineData(123_450, "HUF")]
    [InlineData(1, "TWD")]
    [InlineData(100, "KWD")]
    [InlineData(100, "ISK")]
    [InlineData(-1, "EUR")]
    public void What_PayPal_cannot_pay_is_told(long minorUnits, string currency) => Assert.False(PayPalMoney.TryToPayPal(minorUnits, currency, out _));

    [Theory]
    [InlineData("1.234", "EUR")]
    [InlineData("1.5", "JPY")]
    [InlineData("-1.00", "EUR")]
    [InlineData("1e3", "EUR")]
    [InlineData("", "EUR")]
    [InlineData("1,00", "EUR")]
    [InlineData("1.00", "XXX")]
    public void What_is_no_amount_is_refused(string value, string currency) => Assert.Throws<FormatException>(() => PayPalMoney.FromPayPal(value, currency));

    [Fact]
    public void There_and_back_is_the_same() =>
        Gen.Select(Gen.Long[0, 999_999_999_999], Gen.Int[0, 3].Select(pick => new[] { "EUR", "USD", "JPY", "CHF" }[pick])).Sample((minorUnits, currency) =>
            PayPalMoney.TryToPayPal(minorUnits, currency, out var value) && PayPalMoney.FromPayPal(value, currency) == minorUnits);
}
