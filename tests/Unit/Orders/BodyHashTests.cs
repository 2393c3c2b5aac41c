using NexusCart.Orders.Domain;

namespace NexusCart.Tests.Unit.Orders;

public class BodyHashTests
{
    private static readonly string Hash = BodyHash.Of("cart", "pm_1", "a@b.c", Some.Address, "");

    [Fact]
    public void The_same_request_has_the_same_hash_in_every_release() =>
        Assert.Equal("59c6be759e1c6a4917fc99a40eaba5cb", Hash[..32]);

    [Fact]
    public void Every_field_counts()
    {
        string[] others =
        [
            BodyHash.Of("cart2", "pm_1", "a@b.c", Some.Address, ""),
            BodyHash.Of("cart", "pm_2", "a@b.c", Some.Address, ""),
            BodyHash.Of("cart", "pm_1", "b@b.c", Some.Address, ""),
            BodyHash.Of("cart", "pm_1", "a@b.c", Some.Address with { FullName = "x" }, ""),
            BodyHash.Of("cart", "pm_1", "a@b.c", Some.Address with { Line1 = "x" }, ""),
            BodyHash.Of("cart", "pm_1", "a@b.c", Some.Address with { Line2 = "x" }, ""),
            BodyHash.Of("cart", "pm_1", "a@b.c", Some.Address with { PostalCode = "x" }, ""),
            BodyHash.Of("cart", "pm_1", "a@b.c", Some.Address with { City = "x" }, ""),
            BodyHash.Of("cart", "pm_1", "a@b.c", Some.Address with { Region = "x" }, ""),
            BodyHash.Of("cart", "pm_1", "a@b.c", Some.Address with { Country = "FR" }, ""),
            BodyHash.Of("cart", "pm_1", "a@b.c", Some.Address, "express"),
            Hash,
        ];
        Assert.Equal(others.Length, others.Distinct().Count());
    }

    [Fact]
    public void Neighbouring_fields_do_not_run_together() => Assert.NotEqual(
        BodyHash.Of("ab", "c", "", Some.Address, ""), BodyHash.Of("a", "bc", "", Some.Address, ""));
}
