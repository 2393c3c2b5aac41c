using NexusCart.Inventory.Domain;

namespace NexusCart.Tests.Unit.Inventory;

public sealed class WarehouseRankingTests
{
    private static readonly Zone[] Zones =
    [
        new("DACH", ["DE", "AT", "CH"]),
        new("Europe", ["DE", "AT", "CH", "FR", "PL"]),
    ];

    private static readonly Warehouse[] Warehouses =
    [
        new("new-york", "New York", "US", 1, Active: true, 1),
        new("warsaw", "Warsaw", "PL", 2, Active: true, 1),
        new("vienna", "Vienna", "AT", 3, Active: true, 1),
        new("closed", "Closed", "DE", 0, Active: false, 1),
        new("berlin", "Berlin", "DE", 9, Active: true, 1),
        new("bonn", "Bonn", "DE", 9, Active: true, 1),
    ];

    [Theory]
    [InlineData("DE", "berlin bonn vienna warsaw new-york")]
    [InlineData("de", "berlin bonn vienna warsaw new-york")]
    [InlineData("CH", "vienna berlin bonn warsaw new-york")]
    [InlineData("FR", "warsaw vienna berlin bonn new-york")]
    [InlineData("US", "new-york warsaw vienna berlin bonn")]
    [InlineData("JP", "new-york warsaw vienna berlin bonn")]
    [InlineData("", "new-york warsaw vienna berlin bonn")]
    [InlineData(null, "new-york warsaw vienna berlin bonn")]
    public void The_nearest_comes_first_and_priority_decides_among_the_equally_near(string? country, string expected) =>
        Assert.Equal(expected, string.Join(' ', new WarehouseRanking(AllocationStrategy.Nearest, Zones).Rank(Warehouses, country)));

    [Fact]
    public void By_priority_the_country_plays_no_part() => Assert.Equal(
        ["new-york", "warsaw", "vienna", "berlin", "bonn"], new WarehouseRanking(AllocationStrategy.Priority, Zones).Rank(Warehouses, "DE"));

    [Fact]
    public void One_warehouse_that_has_everything_is_better_than_two_nearer_ones()
    {
        var plan = new AllocationPlan(["near", "middle", "far"], Split: true);
        Shelf[] shelves = [new("near", 2, 0), new("middle", 3, 0), new("far", 9, 4)];
        Assert.Equal([new Allocation("far", 5)], plan.Allocate(shelves, 5));
        Assert.Equal([new Allocation("near", 2), new Allocation("middle", 3), new Allocation("far", 1)], plan.Allocate(shelves, 6));
        Assert.Null((plan with { Split = false }).Allocate(shelves, 6));
        Assert.Equal((10, 5), (plan.Deliverable(shelves), (plan with { Split = false }).Deliverable(shelves)));
        Assert.Null(plan.Allocate(shelves, 11));
    }
}
