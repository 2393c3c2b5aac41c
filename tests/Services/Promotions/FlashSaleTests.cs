using Grpc.Core;
using NexusCart.Promotions.V1;

namespace NexusCart.Tests.Services.Promotions;

/// <summary>Flash sales as customers and other services meet them.</summary>
public sealed class FlashSaleTests(FlashSaleFixture shop) : IClassFixture<FlashSaleFixture>
{
    private const int Customers = 2_000;
    private const int Units = 200;

    [Fact]
    public async Task Two_hundred_units_go_to_two_hundred_of_two_thousand_customers_each_once()
    {
        var saleId = await shop.LiveSaleAsync(Units, waitingRoom: true);

        var answers = await EachAsync(async customer =>
        {
            var ticket = await shop.Sales.EnterWaitingRoomAsync(
                new EnterWaitingRoomRequest { SaleId = saleId }, FlashSaleFixture.User(customer), FlashSaleFixture.Deadline());
            // The same claim twice at once, and once more under another key.
            return await Task.WhenAll(
                shop.ClaimAsync(saleId, customer, "key-1", ticket: ticket.Ticket_),
                shop.ClaimAsync(saleId, customer, "key-1", ticket: ticket.Ticket_),
                shop.ClaimAsync(saleId, customer, "key-2", ticket: ticket.Ticket_));
        });

        await CheckAsync(saleId, answers);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_restarts_in_the_middle_changes_nothing(bool killsPromotions)
    {
        var saleId = await shop.LiveSaleAsync(Units);
        var (count, middle) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var restart = Task.Run(async () =>
        {
            await middle.Task;
            await (killsPromotions ? shop.KillPromotionsAsync() : shop.RestartSidecarsAsync());
        });

        var answers = await EachAsync(async customer =>
        {
            var first = await shop.ClaimAsync(saleId, customer);
            if (Interlocked.Increment(ref count) == Units / 3)
                middle.TrySetResult();
            return new[] { first, await shop.ClaimAsync(saleId, customer) };
        });
        await restart;

        await CheckAsync(saleId, answers);
    }

    [Fact]
    public async Task Units_are_fenced_off_while_the_sale_lasts_and_come_back_when_it_ends()
    {
        var saleId = await shop.LiveSaleAsync(units: 10);
        Assert.Equal(10, await shop.AvailableAsync(saleId));
        var claim = await shop.ClaimAsync(saleId, "ann");
        await shop.Sales.EndFlashSaleAsync(new EndFlashSaleRequest { SaleId = saleId }, FlashSaleFixture.Staff(), FlashSaleFixture.Deadline());
        Assert.Equal("ended", (await shop.ClaimAsync(saleId, "bob")).Refusal);

        // Ann's claim outlives the sale, and her unit with it.
        Assert.Equal(10, await shop.AvailableAsync(saleId));
        await shop.Sales.GiveUpClaimAsync(
            new GiveUpClaimRequest { ClaimId = claim.Claim.ClaimId }, FlashSaleFixture.User("ann"), FlashSaleFixture.Deadline());
        await shop.EventuallyAsync("all units are back", async () => await shop.AvailableAsync(saleId) == 20);
        Assert.Equal("", (await shop.AuditAsync(saleId)).ReservationId);
    }

    [Fact]
    public async Task The_end_of_an_order_settles_its_claim_and_the_last_paid_unit_ends_the_sale()
    {
        var saleId = await shop.LiveSaleAsync(units: 2);
        var ann = (await shop.ClaimAsync(saleId, "ann")).Claim.ClaimId;
        var bob = (await shop.ClaimAsync(saleId, "bob")).Claim.ClaimId;
        Assert.Equal("sold_out", (await shop.ClaimAsync(saleId, "eve")).Refusal);

        Assert.Equal("sale-" + saleId, (await HandOverAsync(ann, "order-a", "ann")).ReservationId);
        await HandOverAsync(bob, "order-b", "bob");
        await shop.TellAsync("order.cancelled.v1", "order-b", bob);
        await shop.EventuallyAsync("Bob's unit is for sale again", async () => (await shop.ClaimAsync(saleId, "eve", "key-2")).Claimed);
        await AssertRefusedAsync(StatusCode.FailedPrecondition, HandOverAsync(bob, "order-c", "bob"));

        var eve = (await shop.AuditAsync(saleId)).Claims.Single(claim => claim.CustomerId == "eve").ClaimId;
        await HandOverAsync(eve, "order-e", "eve");
        await shop.TellAsync("order.paid.v1", "order-a", ann);
        await shop.TellAsync("order.paid.v1", "order-e", eve);
        await shop.EventuallyAsync("the sale is over", async () => (await shop.AuditAsync(saleId)).Sale.Status is FlashSaleStatus.Ended);
        var (sale, _, _) = await shop.AuditAsync(saleId);
        Assert.Equal(("sold_out", 0, 2), (sale.Reason, sale.UnitsLeft, sale.UnitsPaid));
    }

    [Fact]
    public async Task Nobody_reaches_what_is_not_his()
    {
        var saleId = await shop.LiveSaleAsync(units: 2, waitingRoom: true);
        var ticket = await shop.Sales.EnterWaitingRoomAsync(
            new EnterWaitingRoomRequest { SaleId = saleId }, FlashSaleFixture.User("ann"), FlashSaleFixture.Deadline());
        await AssertRefusedAsync(StatusCode.FailedPrecondition, shop.ClaimAsync(saleId, "bob", ticket: ticket.Ticket_));
        await AssertRefusedAsync(StatusCode.FailedPrecondition, shop.ClaimAsync(saleId, "bob"));
        var claimId = (await shop.ClaimAsync(saleId, "ann", ticket: ticket.Ticket_)).Claim.ClaimId;

        await AssertRefusedAsync(StatusCode.NotFound, shop.Sales.GetClaimAsync(
            new GetClaimRequest { ClaimId = claimId }, FlashSaleFixture.User("bob"), FlashSaleFixture.Deadline()).ResponseAsync);
        await AssertRefusedAsync(StatusCode.NotFound, shop.Sales.GiveUpClaimAsync(
            new GiveUpClaimRequest { ClaimId = claimId }, FlashSaleFixture.User("bob"), FlashSaleFixture.Deadline()).ResponseAsync);
        await AssertRefusedAsync(StatusCode.NotFound, HandOverAsync(claimId, "order-1", "bob"));
        await AssertRefusedAsync(StatusCode.Unauthenticated, shop.Sales.HandOverClaimAsync(
            new HandOverClaimRequest { ClaimId = claimId, OrderId = "order-1", CustomerId = "ann" }, FlashSaleFixture.User("ann"), FlashSaleFixture.Deadline()).ResponseAsync);
        await AssertRefusedAsync(StatusCode.PermissionDenied, shop.Sales.EndFlashSaleAsync(
            new EndFlashSaleRequest { SaleId = saleId }, FlashSaleFixture.User("ann"), FlashSaleFixture.Deadline()).ResponseAsync);
        await AssertRefusedAsync(StatusCode.AlreadyExists, shop.ClaimAsync(saleId, "ann", quantity: 2, ticket: ticket.Ticket_));
        Assert.Equal(claimId, (await shop.Sales.GetClaimAsync(
            new GetClaimRequest { ClaimId = claimId }, FlashSaleFixture.User("ann"), FlashSaleFixture.Deadline())).ClaimId);
    }

    private static async Task<ClaimResponse[][]> EachAsync(Func<string, Task<ClaimResponse[]>> act)
    {
        var answers = new ClaimResponse[Customers][];
        await Parallel.ForAsync(0, Customers, new ParallelOptions { MaxDegreeOfParallelism = 200 }, async (i, _) => answers[i] = await act($"customer-{i}"));
        return answers;
    }

    /// <summary>Exactly as many customers have a claim as there are units, each one, and each was told so at every attempt.</summary>
    private async Task CheckAsync(string saleId, ClaimResponse[][] answers)
    {
        var (sale, reservationId, claims) = await shop.AuditAsync(saleId);
        Assert.Equal((Units, 0, "sale-" + saleId), (claims.Count, sale.UnitsLeft, reservationId));
        Assert.Equal(Units, claims.Select(claim => claim.CustomerId).Distinct().Count());
        Assert.All(claims, claim => Assert.Equal((1, FlashSaleClaimStatus.Open), (claim.Quantity, claim.Status)));

        var held = claims.ToDictionary(claim => claim.CustomerId, claim => claim.ClaimId);
        for (var i = 0; i < answers.Length; i++)
        {
            var told = answers[i].Where(answer => answer.Claimed).Select(answer => answer.Claim.ClaimId).Distinct().ToList();
            Assert.Equal(held.TryGetValue($"customer-{i}", out var claimId) ? [claimId] : [], told);
            Assert.All(answers[i].Where(answer => !answer.Claimed), answer => Assert.Contains(answer.Refusal, new[] { "sold_out", "limit_reached" }));
        }

        Assert.Equal(Units, await shop.AvailableAsync(saleId));
    }

    private Task<HandOverClaimResponse> HandOverAsync(string claimId, string orderId, string customerId) => shop.Sales.HandOverClaimAsync(
        new HandOverClaimRequest { ClaimId = claimId, OrderId = orderId, CustomerId = customerId }, FlashSaleFixture.Service(), FlashSaleFixture.Deadline()).ResponseAsync;

    private static async Task AssertRefusedAsync(StatusCode status, Task call) =>
        Assert.Equal(status, (await Assert.ThrowsAsync<RpcException>(() => call)).StatusCode);
}
