using CsCheck;
using NexusCart.Orders.Domain;

namespace NexusCart.Tests.Unit.Orders;

public class OrderIdTests
{
    private static readonly Gen<string> Texts = Gen.String[1, 64];

    private static readonly Gen<DateTimeOffset> Times = Gen.Long[0, 4_000_000_000_000].Select(DateTimeOffset.FromUnixTimeMilliseconds);

    [Fact]
    public void An_id_is_a_valid_instance_id_and_says_where_the_order_lives() =>
        Gen.Select(Gen.Int[0, 255], Times, Texts, Texts).Sample((shard, time, customer, key) =>
        {
            var text = OrderId.Create("0", shard, time, customer, key).ToString();

            Assert.Matches("^[A-Za-z0-9_-]{1,57}$", text); // Room for "-repair".
            var parsed = OrderId.TryParse(text);
            Assert.Equal(("0", shard, text), (parsed!.Cell, parsed.Shard, parsed.ToString()));
        });

    [Fact]
    public void The_uuid_is_a_version_7_one_of_the_right_time() => Gen.Select(Times, Texts).Sample((time, key) =>
    {
        var uuid = Guid.Parse(OrderId.Create("0", 0, time, "ann", key).Uuid);
        Assert.Equal(7, uuid.Version);
        Assert.Equal(8, uuid.Variant & 0xc);
        Assert.StartsWith(time.ToUnixTimeMilliseconds().ToString("x12"), uuid.ToString("N"), StringComparison.Ordinal);
    });

    [Fact]
    public void Ids_sort_by_time() => Gen.Select(Times, Times, Texts, Texts).Sample((one, other, key, otherKey) =>
    {
        var (earlier, later) = one < other ? (one, other) : (other, one);
        if (earlier.ToUnixTimeMilliseconds() == later.ToUnixTimeMilliseconds())
            return;
        Assert.True(string.CompareOrdinal(
            OrderId.Create("0", 3, earlier, "ann", key).ToString(), OrderId.Create("0", 3, later, "bob", otherKey).ToString()) < 0);
    });

    [Fact]
    public void A_key_has_one_slot_at_any_time() => Gen.Select(Times, Times, Texts, Texts).Sample((one, other, customer, key) =>
    {
        var slot = OrderId.SlotOf(customer, key);
        Assert.Equal(slot, OrderId.Create("0", 3, one, customer, key).Slot);
        Assert.Equal(slot, OrderId.Create("0", 3, other, customer, key).Slot);
    });

    [Fact]
    public void Customers_and_keys_do_not_run_together() => Assert.NotEqual(OrderId.SlotOf("ann", "x1"), OrderId.SlotOf("annx", "1"));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0-0a")]
    [InlineData("0-0a-0197f3d5c2b47c1e9a3b5d7f9a1b3c5")]
    [InlineData("0-0a-0197f3d5c2b44c1e9a3b5d7f9a1b3c5d")]
    [InlineData("0-0A-0197f3d5c2b47c1e9a3b5d7f9a1b3c5d")]
    [InlineData("0-0a-0197f3d5c2b47c1e9a3b5d7f9a1b3c5d\n")]
    [InlineData("0-0a-0197f3d5c2b47c1e9a3b5d7f9a1b3c5d-repair")]
    [InlineData("too-long-cell-0a-0197f3d5c2b47c1e9a3b5d7f9a1b3c5d")]
    public void What_is_no_id_is_none(string? text) => Assert.Null(OrderId.TryParse(text));
}
