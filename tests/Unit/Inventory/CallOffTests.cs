using NexusCart.Inventory.Domain;

namespace NexusCart.Tests.Unit.Inventory;

/// <summary>Orders that are cancelled before all their units came in.</summary>
public sealed class CallOffTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly StockStore _store = new();

    public CallOffTests()
    {
        // One unit is there; the first order wants three, the second one more.
        Turn(turn =>
        {
            turn.SetPolicy("A", new StockPolicy(BackorderMode.Unlimited, 0, null));
            turn.Receive("first", new Units("A", 1));
        });
        foreach (var (id, quantity) in new[] { ("o1", 3), ("o2", 1) })
        {
            Turn(turn => turn.Hold(id, [new Units("A", quantity)], id, "attempt", Now.AddMinutes(1)));
            Turn(turn => turn.Commit(id, id));
        }
    }

    private StockLevel Level => _store.Level("A")!;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_a_cancelled_order_waits_for_is_wanted_no_more(bool isForgotten)
    {
        Assert.Equal((4L, 3L, 3L), (Level.Sold, Level.Owed, Level.Backordered));
        if (isForgotten)
            _store.Forget("o1");

        CallOff("c1", new ReturnedUnits("A", "main", 3, Scrap: false));

        // The one unit that was there goes to the second order, and nobody waits any more.
        Assert.Equal((4L, 3L, 0L, 0L, 0L), (Level.Sold, Level.Returned, Level.Owed, Level.Backordered, Level.OnHand));
        Assert.Empty(_store.Queue("A"));
        Turn(turn => turn.Receive("second", new Units("A", 2)));
        Assert.Equal((2L, 2L), (Level.OnHand, Level.Available));
    }

    [Fact]
    public void A_part_of_it_may_be_called_off_once()
    {
        for (var i = 0; i < 2; i++)
            CallOff("c1", new ReturnedUnits("A", "main", 1, Scrap: false));
        Assert.Equal((1L, 2L, 2L, 0L), (Level.Returned, Level.Owed, Level.Backordered, Level.OnHand));
        Assert.Equal([("o1", 1), ("o2", 1)], _store.Queue("A").Select(waiting => (waiting.ReservationId, waiting.Units)));
    }

    [Fact]
    public void What_lay_in_another_warehouse_goes_back_there()
    {
        CallOff("c1", new ReturnedUnits("A", "east", 1, Scrap: false), new ReturnedUnits("A", "main", 2, Scrap: false));
        var back = _store.Ledger["A"].Where(movement => movement.Kind is MovementKind.Return).Select(movement => (movement.Warehouse, movement.Quantity));
        Assert.Equal([("", 2L), ("east", 1L)], back);
    }

    [Fact]
    public void What_a_customer_sends_back_comes_in_though_more_is_owed_to_him()
    {
        Turn(turn => turn.TakeBack("r1", "o1", [new ReturnedUnits("A", "main", 1, Scrap: false)], "one"));
        Assert.Equal((1L, 2L), (Level.Returned, Level.Owed));
        Assert.Equal([("o1", 1), ("o2", 1)], _store.Queue("A").Select(waiting => (waiting.ReservationId, waiting.Units)));
    }

    private void CallOff(string id, params ReturnedUnits[] lines) => Turn(turn => turn.TakeBack(id, "o1", lines, "content", isUnsent: true));

    private void Turn(Action<StockTurn> verbs)
    {
        var turn = new StockTurn(_store, Now);
        verbs(turn);
        if (turn.WantsFilling("A"))
            turn.Fill("A");
        _store.Apply(turn.Changes());
        Level.Verified();
    }
}
