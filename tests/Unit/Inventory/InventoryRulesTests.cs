using NexusCart.Inventory.Api;
using NexusCart.Inventory.Domain;
using NexusCart.Inventory.V1;
using NexusCart.Platform.Errors;

namespace NexusCart.Tests.Unit.Inventory;

public class InventoryRulesTests
{
    [Fact]
    public void Every_wrong_line_is_named()
    {
        var request = new ReserveRequest { ReservationId = "o1" };
        request.Lines.Add(new StockLine { Sku = "A", Quantity = 1 });
        request.Lines.Add(new StockLine { Sku = "A b", Quantity = 0 });
        request.Lines.Add(new StockLine { Sku = "A", Quantity = 1_000_001 });
        request.Lines.Add(new StockLine { Sku = "", Quantity = -1 });
        var violations = new Violations();
        violations.Lines(request.Lines, InventoryRules.MaxReservationLines);
        Assert.Equal(
            ["lines[1].sku", "lines[1].quantity", "lines[2].sku", "lines[2].quantity", "lines[3].sku", "lines[3].quantity"],
            violations.Found.Select(violation => violation.Field));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(201)]
    public void The_number_of_lines_is_bounded(int count)
    {
        var request = new ReserveRequest();
        request.Lines.AddRange(Enumerable.Range(0, count).Select(i => new StockLine { Sku = $"S{i}", Quantity = 1 }));
        var violations = new Violations();
        violations.Lines(request.Lines, InventoryRules.MaxReservationLines);
        Assert.Equal(["lines"], violations.Found.Select(violation => violation.Field));
    }

    [Theory]
    [InlineData(0, true, 900)]
    [InlineData(15_552_000, true, 15_552_000)]
    [InlineData(15_552_001, false, 15_552_001)]
    [InlineData(-1, false, -1)]
    public void A_hold_lasts_up_to_half_a_year(int seconds, bool fine, int expected)
    {
        var violations = new Violations();
        Assert.Equal(TimeSpan.FromSeconds(expected), violations.Ttl(seconds));
        Assert.Equal(fine, violations.None);
    }

    [Fact]
    public void A_fingerprint_knows_lines_but_not_their_order()
    {
        Units[] lines = [new("A", 1), new("B", 2)];
        Assert.Equal(Lines.Fingerprint(lines), Lines.Fingerprint(lines.Reverse()));
        Assert.NotEqual(Lines.Fingerprint(lines), Lines.Fingerprint([new("A", 2), new("B", 1)]));
        Assert.NotEqual(Lines.Fingerprint(lines), Lines.Fingerprint(lines.Take(1)));
    }
}
