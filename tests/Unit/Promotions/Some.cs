using NexusCart.Promotions.Domain;
using NexusCart.Promotions.Domain.Evaluation;

namespace NexusCart.Tests.Unit.Promotions;

/// <summary>Promotions and baskets to begin a test with.</summary>
internal static class Some
{
    public static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static CouponCodes Codes { get; } = new("a key of a test, long enough"u8.ToArray());

    public static Promotion Automatic(string id, Reward reward) => new(id, 1, Now) { Name = id, Reward = reward };

    public static Promotion Coupon(string id, Reward reward, string? code = null) =>
        Automatic(id, reward) with { NeedsCode = true, Codes = [code ?? id.ToUpperInvariant()] };

    public static Selection Skus(params string[] skus) => Selection.Everything with { Skus = skus };

    public static Selection Category(string path) => Selection.Everything with { Categories = [path] };

    public static BasketLine Line(string sku, long price, int quantity = 1, string category = "audio/headphones", string brand = "Acme") =>
        new(sku, brand, category, quantity, price);

    public static Basket Basket(params BasketLine[] lines) =>
        new("EUR", lines, 490, new Shopper(["registered"], "storefront", IsGuest: false, IsFirstOrder: null), []);

    public static Basket With(this Basket basket, params string[] codes) => basket with { Codes = codes };

    public static Outcome Evaluate(this Basket basket, params Definition[] definitions) =>
        Evaluator.Evaluate(CompiledPromotions.Compile(definitions, Codes), basket, new Usage(), Now, explain: true);

    public static Outcome Evaluate(this Basket basket, Usage usage, params Definition[] definitions) =>
        Evaluator.Evaluate(CompiledPromotions.Compile(definitions, Codes), basket, usage, Now, explain: true);

    /// <summary>The reason of the only refusal.</summary>
    public static string Reason(this Outcome outcome) => Assert.Single(outcome.Refused).Reason;

    /// <summary>What was applied: "id=amount", in order.</summary>
    public static string[] Amounts(this Outcome outcome) => [.. outcome.Applied.Select(applied => $"{applied.Promotion.Id}={applied.Amount}")];
}
