using System.Buffers.Text;
using NexusCart.Promotions.Domain.FlashSales;

namespace NexusCart.Tests.Unit.Promotions.FlashSales;

public class TicketSealTests
{
    private const string Key = "a key of more than sixteen bytes";
    private static readonly Turn ATurn = new(Some.Now, Some.Now.AddMinutes(5));
    private static readonly TicketSeal Seal = new(Key);

    [Fact]
    public void A_ticket_tells_its_turn()
    {
        Assert.True(Seal.TryRead(Seal.Sign("autumn", "ann", ATurn), "autumn", "ann", out var turn));
        Assert.Equal(ATurn, turn);
    }

    [Theory]
    [InlineData("autumn", "bob")]
    [InlineData("winter", "ann")]
    [InlineData("autum", "nann")]
    [InlineData("autumnann", "")]
    public void A_ticket_is_good_for_its_sale_and_customer_only(string saleId, string customerId) =>
        Assert.False(Seal.TryRead(Seal.Sign("autumn", "ann", ATurn), saleId, customerId, out _));

    [Fact]
    public void No_byte_of_a_ticket_can_be_changed()
    {
        var bytes = Base64Url.DecodeFromChars(Seal.Sign("autumn", "ann", ATurn));
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 1;
            Assert.False(Seal.TryRead(Base64Url.EncodeToString(bytes), "autumn", "ann", out _));
            bytes[i] ^= 1;
        }

        Assert.True(Seal.TryRead(Base64Url.EncodeToString(bytes), "autumn", "ann", out _));
        Assert.False(Seal.TryRead(Base64Url.EncodeToString(bytes.AsSpan()[..^1]), "autumn", "ann", out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not base64url!")]
    [InlineData("AAAA")]
    public void What_is_no_ticket_is_refused(string ticket) => Assert.False(Seal.TryRead(ticket, "autumn", "ann", out _));

    [Fact]
    public void Something_endless_is_refused() => Assert.False(Seal.TryRead(new string('A', 100_000), "autumn", "ann", out _));

    [Fact]
    public void Keys_can_be_changed_while_tickets_are_out()
    {
        var ticket = Seal.Sign("autumn", "ann", ATurn);
        Assert.True(new TicketSeal("another key of sixteen bytes," + Key).TryRead(ticket, "autumn", "ann", out _));
        Assert.False(new TicketSeal("another key of sixteen bytes").TryRead(ticket, "autumn", "ann", out _));
        Assert.Throws<ArgumentException>(() => new TicketSeal(Key + ",short"));
        Assert.Throws<ArgumentException>(() => new TicketSeal(""));
    }
}
