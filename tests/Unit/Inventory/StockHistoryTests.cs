using CsCheck;
using NexusCart.Inventory.Domain;

namespace NexusCart.Tests.Unit.Inventory;

/// <summary>
/// Random histories over several warehouses with every verb, duplicates, reordering and turns that are lost: whatever happens, nothing
/// is sold twice, every figure is the sum of its ledger, and who waits longest is served first.
/// </summary>
public class StockHistoryTests
{
    private const int Limit = 3;
    private static readonly string[] Skus = ["none", "limited", "unlimited"];
    private static readonly string[] Places = ["main", "east", "west"];
    private static readonly DateTimeOffset Start = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly StockRules Rules = new(new HashSet<string> { "west" }, 2);

    private enum Verb
    {
        Receive,
        Hold,
        Withdraw,
        Release,
        Commit,
        Restock,
        Adjust,
        Transfer,
        Return,
        Forget,
        Wait,
    }

    private sealed record Step(Verb Verb, int Id, int Sku, int Quantity, int Place);

    private static readonly Gen<Step> AnyStep = Gen.Select(
        Gen.Frequency((3, Gen.Const(Verb.Receive)), (8, Gen.Const(Verb.Hold)), (1, Gen.Const(Verb.Withdraw)), (2, Gen.Const(Verb.Release)),
            (4, Gen.Const(Verb.Commit)), (2, Gen.Const(Verb.Restock)), (2, Gen.Const(Verb.Adjust)), (2, Gen.Const(Verb.Transfer)),
            (2, Gen.Const(Verb.Return)), (1, Gen.Const(Verb.Forget)), (1, Gen.Const(Verb.Wait))),
        Gen.Int[0, 9], Gen.Int[0, Skus.Length - 1], Gen.Int[1, 5], Gen.Int[0, Places.Length - 1],
        (verb, id, sku, quantity, place) => new Step(verb, id, sku, quantity, place));

    private static readonly Gen<List<(List<Step> Steps, bool Lost)>> AnyHistory =
        Gen.Select(AnyStep.List[1, 4], Gen.Int[0, 9], (steps, fate) => (steps, fate == 0)).List[1, 60];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nothing_is_oversold_and_every_ledger_adds_up(bool split) => AnyHistory.Sample(
        turns =>
        {
            var store = NewStore();
            var now = Start;
            foreach (var (steps, lost) in turns)
            {
                Play(store, steps, now, split, lost);
                Check(store);
                now += TimeSpan.FromSeconds(steps.Count(step => step.Verb is Verb.Wait) * 40);
            }
        },
        iter: 1500);

    [Fact]
    public void Repeating_every_call_at_once_and_later_changes_nothing() => AnyHistory.Sample(
        turns =>
        {
            var once = NewStore();
            var twice = NewStore();
            foreach (var step in turns.SelectMany(turn => turn.Steps).Where(step => step.Verb is not (Verb.Wait or Verb.Forget or Verb.Withdraw)))
            {
                // What is refused for want of units is not remembered, so a repetition may find them: it would not be the same call.
                Play(once, [step], Start, split: true, lost: false);
                Play(twice, [step], Start, split: true, lost: false);
                var before = Figures(twice);
                Play(twice, [step, step], Start, split: true, lost: false);
                Assert.Equal(before, Figures(twice));
            }

            Assert.Equal(Figures(once), Figures(twice));
        },
        iter: 500);

    [Fact]
    public void An_allocation_never_exceeds_what_a_warehouse_has() => Gen.Select(
        Gen.Int[0, 6].Array[3], Gen.Int[1, 15], Gen.Bool, Gen.Int[0, 5]).Sample((free, quantity, split, order) =>
        {
            var shelves = free.Select((units, at) => new Shelf(Places[at], units + 2, 2)).ToList();
            var plan = new AllocationPlan([.. Places.Skip(order % 3).Concat(Places.Take(order % 3)).Take(1 + (order / 2))], split);
            var parts = plan.Allocate(shelves, quantity);
            Assert.Equal(plan.Deliverable(shelves) >= quantity, parts is not null);
            if (parts is null)
                return;
            Assert.Equal(quantity, parts.Sum(part => part.Quantity));
            Assert.Equal(parts.Count, parts.Select(part => part.Warehouse).Distinct().Count());
            Assert.All(parts, part => Assert.InRange(part.Quantity, 1, shelves.Single(shelf => shelf.Warehouse == part.Warehouse).Free));
            Assert.All(parts, part => Assert.Contains(part.Warehouse, plan.Warehouses));
            Assert.True(split || parts.Count == 1);
        });

    private static StockStore NewStore()
    {
        var store = new StockStore();
        var turn = new StockTurn(store, Start, Rules);
        turn.SetPolicy("limited", new StockPolicy(BackorderMode.Limited, Limit, null));
        turn.SetPolicy("unlimited", new StockPolicy(BackorderMode.Unlimited, 0, null));
        store.Apply(turn.Changes());
        return store;
    }

    private static void Play(StockStore store, IReadOnlyList<Step> steps, DateTimeOffset now, bool split, bool lost)
    {
        var turn = new StockTurn(store, now, Rules);
        foreach (var due in store.Reservations.Where(reservation => reservation.IsDue(now)).ToList())
            turn.Expire(due.Id);
        foreach (var step in steps)
            Run(turn, store, step, now, split);
        foreach (var sku in Skus.Where(turn.WantsFilling))
            turn.Fill(sku);
        if (!lost)
            store.Apply(turn.Changes());
    }

    private static void Run(StockTurn turn, StockStore store, Step step, DateTimeOffset now, bool split)
    {
        var (id, sku, place) = ($"r{step.Id}", Skus[step.Sku], Places[step.Place]);
        switch (step.Verb)
        {
            case Verb.Receive:
                turn.Receive($"receipt-{step.Id}", new Units(sku, step.Quantity), place);
                break;
            case Verb.Hold:
                turn.Hold(id, LinesOf(step.Id), id, "attempt", now.AddSeconds(60), new AllocationPlan(["main", "east"], split));
                break;
            case Verb.Withdraw:
                turn.Withdraw(id, null);
                break;
            case Verb.Release:
                turn.Release(id, id);
                break;
            case Verb.Commit:
                turn.Commit(id, id);
                break;
            case Verb.Restock:
                turn.Restock(id, id);
                break;
            case Verb.Adjust:
                turn.Adjust(new Cause(MovementKind.Adjustment, $"a{step.Id}", "count", "somebody"), sku, place, step.Quantity - 3);
                break;
            case Verb.Transfer:
                turn.Transfer(new Cause(MovementKind.Transfer, $"t{step.Id}"), new Units(sku, step.Quantity), place, Places[(step.Place + 1) % 3]);
                break;
            case Verb.Return:
                turn.TakeBack($"b{step.Id}", id, [new ReturnedUnits(sku, place, step.Quantity, step.Id % 2 == 0)], $"{step}", isUnsent: step.Quantity % 2 == 0);
                break;
            case Verb.Forget when store.Reservation(id) is { Status: not ReservationStatus.Open }:
                store.Forget(id);
                break;
        }
    }

    private static Units[] LinesOf(int id) => (id % 3) switch
    {
        0 => [new Units("none", 1 + (id / 3))],
        1 => [new Units("none", 1), new Units("limited", 1 + (id / 3))],
        _ => [new Units("unlimited", 2 + (id / 3)), new Units("limited", 1)],
    };

    private static void Check(StockStore store)
    {
        foreach (var level in store.Levels)
        {
            level.Verified();
            var lowest = level.Rules.Backorder switch { BackorderMode.None => 0, BackorderMode.Limited => -Limit, _ => long.MinValue };
            Assert.True(level.Available >= lowest, $"{level.Sku} is oversold: {level.Available}");
            Assert.False(level.Backordered > 0 && level.AllShelves.Any(shelf => shelf.Free > 0 && shelf.Warehouse != "west"));
            CheckReservations(store, level);
            CheckLedger(level, store.Ledger.GetValueOrDefault(level.Sku) ?? []);
        }
    }

    private static void CheckReservations(StockStore store, StockLevel level)
    {
        var open = store.Reservations.Where(reservation => reservation.Status is ReservationStatus.Open)
            .SelectMany(reservation => reservation.Lines).Where(line => line.Sku == level.Sku).ToList();
        foreach (var place in Places)
        {
            var held = open.SelectMany(line => line.Allocations).Where(part => part.Warehouse == place).Sum(part => (long)part.Quantity);
            Assert.Equal(held, level.At(place).Reserved);
        }

        var queue = store.Queue(level.Sku).ToList();
        Assert.Equal(level.Backordered, queue.Sum(waiting => (long)waiting.Units));
        Assert.Equal(level.Owed, queue.Where(waiting => waiting.Sold).Sum(waiting => (long)waiting.Units));
        Assert.Equal(level.Backordered - level.Owed, open.Sum(line => (long)(line.Waiting?.Units ?? 0)));
        Assert.All(open, line => Assert.Equal(line.Quantity, line.Allocations.Sum(part => part.Quantity) + (line.Waiting?.Units ?? 0)));
    }

    private static void CheckLedger(StockLevel level, List<Movement> ledger)
    {
        Assert.Equal(level.Movements, ledger.Count);
        Assert.Equal(Enumerable.Range(0, ledger.Count), ledger.Select(movement => (int)movement.Number));
        foreach (var place in Places)
        {
            var there = ledger.Where(movement => movement.Warehouse == place).ToList();
            Assert.Equal(level.At(place).OnHand, there.Sum(movement => movement.Delta));
            Assert.Equal(level.At(place).Reserved, there.Sum(movement => movement.Held));
            Assert.Equal(level.At(place).OnHand, there.LastOrDefault()?.Balance ?? 0);
        }

        Assert.Equal(level.Backordered, ledger.Sum(movement => movement.Promised));
    }

    private static List<string> Figures(StockStore store) => Skus.Select(sku => store.Level(sku) is { } level
        ? $"{sku} {level.Received} {level.Adjusted} {level.Returned} {level.Sold} {level.Owed} {level.Backordered} {level.Movements} "
            + string.Join(' ', level.AllShelves.OrderBy(shelf => shelf.Warehouse).Select(shelf => $"{shelf.Warehouse} {shelf.OnHand} {shelf.Reserved}"))
        : sku).ToList();
}
