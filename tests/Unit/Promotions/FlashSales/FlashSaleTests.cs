using NexusCart.Promotions.Domain.FlashSales;

namespace NexusCart.Tests.Unit.Promotions.FlashSales;

public class FlashSaleTests
{
    private static readonly FlashSale Draft = new(Some.Terms());
    private static readonly FlashSale Scheduled = Draft.Schedule().Confirm();
    private static readonly DateTimeOffset Start = Draft.Terms.StartsAt;
    private static readonly DateTimeOffset End = Draft.Terms.EndsAt;

    [Fact]
    public void Draft_scheduling_scheduled_live_ended()
    {
        Assert.Equal((FlashSaleStatus.Scheduling, SetAside.Asked), (Draft.Schedule().Status, Draft.Schedule().Units));
        Assert.Equal((FlashSaleStatus.Scheduled, SetAside.Yes), (Scheduled.Status, Scheduled.Units));
        Assert.Equal(FlashSaleStatus.Scheduled, Scheduled.Advance(Start.AddTicks(-1), false).Status);
        var live = Scheduled.Advance(Start, false);
        Assert.Equal(FlashSaleStatus.Live, live.Status);
        Assert.Equal(FlashSaleStatus.Live, live.Advance(End.AddTicks(-1), false).Status);
        Assert.Equal((FlashSaleStatus.Ended, "time_over"), (live.Advance(End, false).Status, live.Advance(End, false).Reason));
        Assert.Equal((FlashSaleStatus.Ended, "sold_out"), (live.Advance(Start, true).Status, live.Advance(Start, true).Reason));
    }

    [Fact]
    public void A_draft_waits_for_staff_whatever_the_time() => Assert.Same(Draft, Draft.Advance(End.AddDays(1), false));

    [Fact]
    public void A_sale_that_stock_cannot_serve_is_a_draft_again()
    {
        var refused = Draft.Schedule().Refuse();
        Assert.Equal((FlashSaleStatus.Draft, SetAside.No, "out_of_stock"), (refused.Status, refused.Units, refused.Reason));
        Assert.Null(refused.Schedule().Reason);
    }

    [Fact]
    public void Each_verb_may_be_repeated()
    {
        Assert.Same(Scheduled, Scheduled.Schedule());
        Assert.Same(Scheduled, Scheduled.Confirm());
        Assert.Same(Scheduled, Scheduled.Refuse());
        var ended = Scheduled.End(FlashSaleReasons.EndedByStaff);
        Assert.Same(ended, ended.End(FlashSaleReasons.TimeOver));
        Assert.Same(ended, ended.Schedule());
        Assert.Same(ended, ended.Advance(End, true));
    }

    [Fact]
    public void Units_go_back_once_when_the_sale_is_over_and_no_claim_needs_them()
    {
        Assert.False(Scheduled.GivesUnitsBack(0));
        var ended = Scheduled.End(FlashSaleReasons.TimeOver);
        Assert.False(ended.GivesUnitsBack(1));
        Assert.True(ended.GivesUnitsBack(0));
        Assert.False(ended.ConfirmReturn().GivesUnitsBack(0));
        Assert.False(Draft.End(FlashSaleReasons.EndedByStaff).GivesUnitsBack(0));
        // Stock was asked and has not answered: it may hold them.
        Assert.True(Draft.Schedule().End(FlashSaleReasons.EndedByStaff).GivesUnitsBack(0));
        Assert.True(Draft.Schedule().Advance(End, false).GivesUnitsBack(0));
    }

    [Theory]
    [InlineData("autumn-7", true, "autumn", 7)]
    [InlineData("a-b-0", true, "a-b", 0)]
    [InlineData("-7", false, "", 0)]
    [InlineData("autumn-", false, "", 0)]
    [InlineData("autumn--7", true, "autumn-", 7)]
    [InlineData("autumn-+7", false, "", 0)]
    [InlineData("autumn", false, "", 0)]
    [InlineData(null, false, "", 0)]
    public void A_claims_id_names_sale_and_number(string? id, bool fine, string saleId, int number)
    {
        Assert.Equal(fine, ClaimId.TryRead(id, out var readSale, out var readNumber));
        if (!fine)
            return;
        Assert.Equal((saleId, number), (readSale, readNumber));
        Assert.Equal(id, ClaimId.Of(readSale, readNumber));
    }
}
