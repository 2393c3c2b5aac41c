using System.Text.RegularExpressions;
using NexusCart.Promotions.Domain;

namespace NexusCart.Tests.Unit.Promotions;

/// <summary>Generated codes are genuine or they are not, and nobody makes one up.</summary>
public sealed class CouponCodesTests
{
    private static readonly CouponCodes Codes = Some.Codes;

    [Fact]
    public void Codes_of_a_batch_are_all_different_and_all_its_own()
    {
        var codes = Enumerable.Range(0, 5_000).Select(serial => Codes.Create("spring", serial)).ToList();
        Assert.Equal(5_000, codes.Distinct().Count());
        Assert.All(codes, code => Assert.Matches(new Regex("^[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){3}$"), code));
        Assert.All(codes, code => Assert.True(Codes.Belongs(CouponCodes.Compact(code)!, "spring", 5_000)));
    }

    [Fact]
    public void A_code_of_another_batch_or_key_or_number_is_none()
    {
        var compact = CouponCodes.Compact(Codes.Create("spring", 3))!;
        Assert.False(Codes.Belongs(compact, "autumn", 10));
        Assert.False(Codes.Belongs(compact, "spring", 3));
        Assert.False(new CouponCodes("another key"u8.ToArray()).Belongs(compact, "spring", 10));
    }

    [Fact]
    public void Changing_any_character_spoils_a_code()
    {
        var compact = CouponCodes.Compact(Codes.Create("spring", 3))!;
        for (var place = 5; place < compact.Length; place++)
        {
            var forged = compact[..place] + (compact[place] == '7' ? '8' : '7') + compact[(place + 1)..];
            Assert.False(Codes.Belongs(forged, "spring", CouponCodes.MostCodes), forged);
        }
    }

    [Theory]
    [InlineData("oOiIlL0123456789abcd", "0011110123456789ABCD")]
    [InlineData("AAAAA-BBBBB-CCCCC-DDDDD", "AAAAABBBBBCCCCCDDDDD")]
    [InlineData("AAAAA BBBBB CCCCC DDDDU", null)]
    [InlineData("AAAAA-BBBBB-CCCCC-DDDD", null)]
    [InlineData("AAAAA-BBBBB-CCCCC-DDDDD-E", null)]
    public void What_people_type_is_read_kindly(string typed, string? compact) =>
        Assert.Equal(compact, CouponCodes.Compact(typed));
}
