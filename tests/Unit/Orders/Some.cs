using NexusCart.Orders.Domain;
using NexusCart.Platform.Values;

namespace NexusCart.Tests.Unit.Orders;

/// <summary>Things to test with.</summary>
internal static class Some
{
    public static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly ShippingAddress Address = new("Ann Other", "1 Harbour Street", "", "20457", "Hamburg", "", "DE");

    public static readonly PaymentAction Action = new("three_d_secure", "p", "pi_1_secret_2", "https://provider.example/3ds");

    public static Order Order(string customer = "ann", string key = "key-1", string body = "body-1") => new()
    {
        OrderId = OrderId.Create("0", 1, Noon, customer, key).ToString(),
        CustomerId = customer,
        IdempotencyKey = key,
        BodyHash = body,
        CartId = "cart-1",
        PaymentMethod = "pm_card_visa",
        Email = "ann@example.org",
        ShippingAddress = Address,
        Lines = [new OrderLine("mug", "A mug", 2, new MoneyAmount(500, "EUR"), new MoneyAmount(1_000, "EUR"))],
        Total = new MoneyAmount(1_000, "EUR"),
        CreatedAt = Noon,
        UpdatedAt = Noon,
    };

    public static HistoryEntry Step(string step, string outcome, int second = 0) => new(Noon.AddSeconds(second), step, outcome);
}
