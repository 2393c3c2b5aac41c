using System.Security.Claims;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using NexusCart.Orders.Domain;
using NexusCart.Orders.Pricing;
using NexusCart.Platform.Values;
using NexusCart.Promotions.V1;
using NexusCart.Workflows.Checkout;
using PromotionsClient = NexusCart.Promotions.V1.Promotions.PromotionsClient;

namespace NexusCart.Tests.Unit.Orders;

/// <summary>What orders asks promotions, and what it makes of the answer.</summary>
public sealed class PromotionDeskTests
{
    private static readonly QuoteLine[] Lines =
    [
        new("mug", "Mug", 2, Euro(500), Brand: "Potter", Category: "kitchen/mugs"),
        new("tea", "Tea", 1, Euro(250)),
    ];

    private static readonly ShippingOption Post = new("post", "Post", Euro(490));

    private readonly OrdersBench _bench = new();
    private readonly FakePromotionService _promotions = new();
    private readonly PromotionDesk _desk;

    public PromotionDeskTests() => _desk = new PromotionDesk(_promotions, _bench.Store);

    [Fact]
    public async Task Goods_delivery_and_coupons_are_asked_about_as_they_are()
    {
        await AssessAsync(Ann(), "SPRING", "GIFT");

        var request = Assert.Single(_promotions.Seen);
        Assert.Equal(("EUR", 490L), (request.Currency, request.ShippingMinorUnits));
        Assert.Equal(["SPRING", "GIFT"], request.CouponCodes);
        Assert.Equal(
            [("mug", "Potter", "kitchen/mugs", 2, 500L), ("tea", "", "", 1, 250L)],
            request.Lines.Select(line => (line.Sku, line.Brand, line.Category, line.Quantity, line.UnitPriceMinorUnits)));
        Assert.False(request.HasFirstOrder);
    }

    [Fact]
    public async Task Who_the_customer_is_comes_from_his_token()
    {
        await AssessAsync(Caller("ann", ("client_id", "app"), ("customer_group", "gold")));
        await AssessAsync(Caller("eve", ("roles", "guest")));

        Assert.Equal(
            [("ann", false, "app", "registered gold"), ("eve", true, "storefront", "guest")],
            _promotions.Seen.Select(request => (request.CustomerId, request.Guest, request.Channel, string.Join(' ', request.CustomerGroups))));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Whether_it_is_the_first_order_is_looked_up_where_it_matters_and_one_that_came_to_nothing_is_none(bool? cancelled, bool isFirst)
    {
        if (cancelled is { } wasCancelled)
            await PlaceAsync(wasCancelled);
        _promotions.Answer = request => new EvaluateResponse { FirstOrderNeeded = !request.HasFirstOrder };

        await AssessAsync(Ann());

        Assert.Equal([false, true], _promotions.Seen.Select(request => request.HasFirstOrder));
        Assert.Equal(isFirst, _promotions.Seen[1].FirstOrder);
    }

    [Fact]
    public async Task What_several_promotions_take_off_is_added_up_line_by_line()
    {
        _promotions.Answer = _ => new EvaluateResponse
        {
            Applied =
            {
                new AppliedPromotion { PromotionId = "p1", Name = "Spring", Code = "SPRING", LineMinorUnits = { 100, 20 }, AmountMinorUnits = 120 },
                new AppliedPromotion { PromotionId = "p2", Name = "Free", LineMinorUnits = { 0, 30 }, ShippingMinorUnits = 490, AmountMinorUnits = 520 },
            },
        };

        var off = await AssessAsync(Ann(), "SPRING");

        Assert.Equal([100L, 50L], off.Lines);
        Assert.Equal(490, off.Shipping);
        Assert.Equal(
            [("p1", "Spring", "SPRING", Euro(120)), ("p2", "Free", "", Euro(520))],
            off.Discounts.Select(discount => (discount.PromotionId, discount.Name, discount.Code, discount.Amount)));
        Assert.Empty(off.Refused);
    }

    [Fact]
    public async Task Of_each_coupon_that_does_not_count_the_first_reason_is_told_and_of_automatic_promotions_none()
    {
        _promotions.Answer = _ => new EvaluateResponse
        {
            // A code may open several promotions: it counts when one of them does.
            Applied = { new AppliedPromotion { PromotionId = "p1", Code = "SPRING", LineMinorUnits = { 0, 0 } } },
            Refused =
            {
                new RefusedPromotion { PromotionId = "p2", Code = "SPRING", Reason = "not_combinable" },
                new RefusedPromotion { PromotionId = "p3", Code = "GIFT", Reason = "expired", Detail = "It ended yesterday." },
                new RefusedPromotion { PromotionId = "p4", Code = "GIFT", Reason = "wrong_channel" },
                new RefusedPromotion { PromotionId = "p5", Reason = "minimum_not_met" },
            },
        };

        Assert.Equal([new RefusedCoupon("GIFT", "expired", "It ended yesterday.")], (await AssessAsync(Ann(), "SPRING", "GIFT")).Refused);
    }

    [Theory]
    [InlineData(StatusCode.Unavailable, StatusCode.Unavailable)]
    [InlineData(StatusCode.DeadlineExceeded, StatusCode.Unavailable)]
    [InlineData(StatusCode.Internal, StatusCode.Unavailable)]
    [InlineData(StatusCode.InvalidArgument, StatusCode.InvalidArgument)]
    [InlineData(StatusCode.FailedPrecondition, StatusCode.FailedPrecondition)]
    public async Task Without_an_answer_nothing_is_priced_and_a_refusal_is_passed_on(StatusCode fault, StatusCode told)
    {
        _promotions.Answer = _ => throw new RpcException(new Status(fault, "planned by the test"));
        Assert.Equal(told, (await Assert.ThrowsAsync<RpcException>(() => AssessAsync(Ann()))).StatusCode);
    }

    private async Task PlaceAsync(bool isCancelled)
    {
        var draft = _bench.Draft("ann");
        await _bench.PlaceAsync(draft);
        await _bench.Journal.BeginAsync(draft.OrderId);
        if (isCancelled)
            await _bench.Journal.CancelAsync(draft.OrderId, CheckoutReasons.OutOfStock, "sold out", []);
    }

    private Task<Discounting> AssessAsync(ServerCallContext call, params string[] coupons) => _desk.AssessAsync(Lines, Post, coupons, call);

    private static AnnsCall Ann() => Caller("ann");

    private static AnnsCall Caller(string subject, params (string Type, string Value)[] claims)
    {
        var call = new AnnsCall();
        call.GetHttpContext().User = new ClaimsPrincipal(new ClaimsIdentity(
            [new Claim("sub", subject), .. claims.Select(claim => new Claim(claim.Type, claim.Value))], "test"));
        return call;
    }

    private static MoneyAmount Euro(long minorUnits) => new(minorUnits, "EUR");

    /// <summary>The promotions service as a test wants it.</summary>
    private sealed class FakePromotionService : PromotionsClient
    {
        public List<EvaluateRequest> Seen { get; } = [];

        public Func<EvaluateRequest, EvaluateResponse> Answer { get; set; } = _ => new EvaluateResponse();

        public override AsyncUnaryCall<EvaluateResponse> EvaluateAsync(EvaluateRequest request, CallOptions options)
        {
            Seen.Add(request.Clone());
            return FakeCalls.Answer(Task.Run(() => Answer(request)));
        }
    }
}
