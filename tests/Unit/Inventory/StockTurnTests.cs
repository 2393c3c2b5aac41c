using CsCheck;
using NexusCart.Inventory.Domain;

namespace NexusCart.Tests.Unit.Inventory;

/// <summary>
/// Random histories of a partition against a model that keeps nothing but facts (receipts, and one status per
/// reservation) and sums them up.
/// </summary>
public class StockTurnTests
{
    private static readonly string[] Skus = ["A", "B", "C"];
    private static readonly string[] Ids = ["r0", "r1", "r2", "r3", "r4", "r5"];
    private static readonly DateTimeOffset Start = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private enum Verb
    {
        Receive,
        Hold,
        Withdraw,
        Release,
        Commit,
        Restock,
        Wait,
    }

    /// <summary>One verb; the same <paramref name="Id"/> always has the same lines unless <paramref name="Twisted"/>.</summary>
    private sealed record Step(Verb Verb, int Id, int Sku, int Quantity, bool Twisted);

    private static readonly Gen<Step> AnyStep = Gen.Select(
        Gen.Frequency((2, Gen.Const(Verb.Receive)), (6, Gen.Const(Verb.Hold)), (1, Gen.Const(Verb.Withdraw)), (2, Gen.Const(Verb.Release)),
            (3, Gen.Const(Verb.Commit)), (2, Gen.Const(Verb.Restock)), (1, Gen.Const(Verb.Wait))),
        Gen.Int[0, Ids.Length - 1], Gen.Int[0, Skus.Length - 1], Gen.Int[1, 5], Gen.Int[0, 19],
        (verb, id, sku, quantity, twist) => new Step(verb, id, sku, quantity, twist == 0));

    [Fact]
    public void Any_history_keeps_the_books_and_gives_the_answers_of_the_model() =>
        Gen.Select(AnyStep.List[1, 4], Gen.Int[0, 9], (steps, fate) => (steps, Lost: fate == 0)).List[1, 60].Sample(turns =>
        {
            var store = new StockStore();
            var model = new Model();
            var now = Start;
            foreach (var (steps, lost) in turns)
            {
                // A turn that cannot be saved leaves no trace: the model does not see it at all.
                var turn = new StockTurn(store, now);
                foreach (var step in steps)
                {
                    if (step.Verb is Verb.Wait)
                        continue;
                    var answer = Run(turn, step, now);
                    if (!lost)
                        Assert.Equal(model.Apply(step, now), answer);
                }

                if (!lost)
                    store.Apply(turn.Changes());
                model.Check(store);
                now += TimeSpan.FromSeconds(steps.Count(step => step.Verb is Verb.Wait) * 40);
            }
        }, iter: 3000);

    [Fact]
    public void Repeating_every_call_changes_nothing() =>
        AnyStep.Where(step => !step.Twisted && step.Verb is not Verb.Wait).List[1, 40].Sample(steps =>
        {
            var once = new StockStore();
            var twice = new StockStore();
            foreach (var step in steps)
            {
                var turn = new StockTurn(once, Start);
                Run(turn, step, Start);
                once.Apply(turn.Changes());

                var repeated = new StockTurn(twice, Start);
                var first = Run(repeated, step, Start);
                // A refusal for want of units is not remembered; within a turn nothing could have come in between.
                Assert.Equal(first, step.Verb is Verb.Receive ? first : Run(repeated, step, Start));
                if (step.Verb is Verb.Receive)
                    Assert.Equal(Verdict.Unknown, Run(repeated, step, Start));
                twice.Apply(repeated.Changes());
            }

            Assert.Equal(Figures(once), Figures(twice));
        }, iter: 2000);

    [Fact]
    public void Parallel_buyers_of_the_last_units_never_oversell()
    {
        var store = new StockStore();
        Turn(store, turn => turn.Receive("receipt", new Units("A", 10)));
        var winners = Enumerable.Range(0, 200).Count(buyer =>
            Turn(store, turn => turn.Hold($"order-{buyer}", [new Units("A", 1)], "x", "t", Start.AddMinutes(15)).Verdict) is Verdict.Done);
        Assert.Equal(10, winners);
        Assert.Equal(0, store.Level("A")!.Available);
    }

    [Fact]
    public void A_shortage_names_every_line_and_holds_none()
    {
        var store = new StockStore();
        Turn(store, turn => turn.Receive("receipt", new Units("A", 2)));
        var answer = Turn(store, turn => turn.Hold(
            "order", [new Units("A", 2), new Units("B", 1), new Units("C", 1)], "x", "t", Start.AddMinutes(15)));
        Assert.Equal(Verdict.OutOfStock, answer.Verdict);
        Assert.Equal([new MissingUnits("B", 1, 0, false), new MissingUnits("C", 1, 0, false)], answer.Missing);
        Assert.Equal(0, store.Level("A")!.Reserved);
    }

    [Theory]
    [InlineData("first", 0)]
    [InlineData("second", 2)]
    [InlineData(null, 0)]
    public void A_withdrawal_undoes_only_the_hold_of_its_own_attempt(string? attempt, int held)
    {
        var store = new StockStore();
        Turn(store, turn => turn.Receive("receipt", new Units("A", 2)));
        Turn(store, turn => turn.Hold("order", [new Units("A", 2)], "x", "first", Start.AddMinutes(15)));
        Turn(store, turn => turn.Hold("order", [new Units("A", 2)], "x", "second", Start.AddMinutes(20)));
        Turn(store, turn =>
        {
            turn.Withdraw("order", attempt);
            return true;
        });
        Assert.Equal(held, store.Level("A")!.Reserved);
    }

    [Fact]
    public void The_version_counts_turns_that_changed_what_is_for_sale()
    {
        var store = new StockStore();
        Turn(store, turn => turn.Receive("receipt", new Units("A", 5)));
        Turn(store, turn => turn.Hold("order", [new Units("A", 2)], "x", "t", Start.AddMinutes(15)));
        Assert.Equal(2, store.Level("A")!.Version);
        Turn(store, turn => turn.Commit("order", "x"));
        Assert.Equal(2, store.Level("A")!.Version);
        Turn(store, turn => turn.Restock("order", "x"));
        Assert.Equal(3, store.Level("A")!.Version);
    }

    [Fact]
    public void Movements_that_would_break_the_books_throw()
    {
        var level = StockLevel.Empty("A").Receive("x", 3).Hold("x", 2).Receive("y", 9);
        Assert.Throws<InvalidOperationException>(() => level.Hold("x", 2));
        Assert.Throws<InvalidOperationException>(() => level.Sell("x", 3));
        Assert.Throws<InvalidOperationException>(() => level.Unhold("x", 3));
        Assert.Throws<InvalidOperationException>(() => level.Unhold("y", 1));
        Assert.Throws<InvalidOperationException>(() => level.Restock("x", 1));
        Assert.Throws<InvalidOperationException>(() => level.Adjust("x", -2));
        Assert.Throws<InvalidOperationException>(() => level.Carry("x", -1).Verified());
        Assert.Throws<InvalidOperationException>(() => level.SellPromised(1));
        Assert.Throws<InvalidOperationException>(() => level.Promise(1).Fill("x", 2, sold: false));
    }

    private static T Turn<T>(StockStore store, Func<StockTurn, T> run)
    {
        var turn = new StockTurn(store, Start);
        var result = run(turn);
        store.Apply(turn.Changes());
        return result;
    }

    /// <summary>The verdict; of a receipt, Unknown when it was counted before; of a withdrawal, always Done.</summary>
    private static Verdict Run(StockTurn turn, Step step, DateTimeOffset now)
    {
        var id = Ids[step.Id];
        var fingerprint = step.Twisted ? "other" : $"lines of {id}";
        switch (step.Verb)
        {
            case Verb.Receive:
                return turn.Receive($"receipt-{step.Id}", new Units(Skus[step.Sku], step.Quantity)) ? Verdict.Done : Verdict.Unknown;
            case Verb.Hold:
                return turn.Hold(id, LinesOf(step.Id), fingerprint, "attempt", now.AddSeconds(60)).Verdict;
            case Verb.Withdraw:
                turn.Withdraw(id, null);
                return Verdict.Done;
            case Verb.Release:
                return turn.Release(id, fingerprint);
            case Verb.Commit:
                return turn.Commit(id, fingerprint);
            default:
                return turn.Restock(id, fingerprint);
        }
    }

    private static Units[] LinesOf(int id) => (id % 3) switch
    {
        0 => [new Units("A", id + 1)],
        1 => [new Units("A", 1), new Units("B", id)],
        _ => [new Units("C", 2), new Units("B", 1)],
    };

    private static IEnumerable<(string Sku, long Received, long OnHand, long Sold, long Reserved)> Figures(StockStore store) =>
        Skus.Select(sku => store.Level(sku)).Where(level => level is not null)
            .Select(level => (level!.Sku, level.Received, level.OnHand, level.Sold, level.Reserved));

    /// <summary>Facts only; every figure is a sum over them.</summary>
    private sealed class Model
    {
        private readonly Dictionary<(string Sku, int Receipt), int> _received = [];
        private readonly Dictionary<int, (ReservationStatus Status, bool Twisted, DateTimeOffset Until, bool Held)> _facts = [];

        public Verdict Apply(Step step, DateTimeOffset now)
        {
            if (step.Verb is Verb.Receive)
                return _received.TryAdd((Skus[step.Sku], step.Id), step.Quantity) ? Verdict.Done : Verdict.Unknown;
            if (_facts.TryGetValue(step.Id, out var due) && due.Status is ReservationStatus.Open && due.Until <= now)
                _facts[step.Id] = due with { Status = ReservationStatus.Expired };
            var known = _facts.TryGetValue(step.Id, out var fact);
            if (step.Verb is Verb.Withdraw)
            {
                if (known && fact.Status is ReservationStatus.Open)
                    _facts.Remove(step.Id);
                return Verdict.Done;
            }

            if (known && fact.Twisted != step.Twisted)
                return Verdict.OtherLines;
            return step.Verb is Verb.Hold ? Hold(step, now, known, fact.Status) : Close(step, now, known, fact.Status);
        }

        public void Check(StockStore store)
        {
            foreach (var sku in Skus)
            {
                var level = store.Level(sku);
                var received = Received(sku);
                Assert.Equal(received == 0, level is null);
                if (level is null)
                    continue;
                Assert.Equal(received, level.Received);
                Assert.Equal(Units(sku, ReservationStatus.Committed), level.Sold);
                Assert.Equal(Units(sku, ReservationStatus.Open), level.Reserved);
                Assert.Equal(level.Received, level.OnHand + level.Sold);
                Assert.True(level.Available >= 0);
            }
        }

        private Verdict Hold(Step step, DateTimeOffset now, bool known, ReservationStatus status)
        {
            if (known)
                return status is ReservationStatus.Open or ReservationStatus.Committed ? Verdict.Done : Verdict.Closed;
            var fits = LinesOf(step.Id).All(line => Received(line.Sku) - Units(line.Sku, ReservationStatus.Open)
                - Units(line.Sku, ReservationStatus.Committed) >= line.Quantity);
            if (!fits)
                return Verdict.OutOfStock;
            _facts[step.Id] = (ReservationStatus.Open, step.Twisted, now.AddSeconds(60), true);
            return Verdict.Done;
        }

        private Verdict Close(Step step, DateTimeOffset now, bool known, ReservationStatus status)
        {
            var next = (step.Verb, known, status) switch
            {
                (Verb.Commit, false, _) => (Verdict.Unknown, (ReservationStatus?)null),
                (Verb.Commit, _, ReservationStatus.Committed) => (Verdict.Done, null),
                (Verb.Commit, _, ReservationStatus.Open) => (Verdict.Done, ReservationStatus.Committed),
                (Verb.Commit, _, _) => (Verdict.Closed, null),
                (Verb.Release, false, _) => (Verdict.Done, ReservationStatus.Released),
                (Verb.Release, _, ReservationStatus.Open) => (Verdict.Done, ReservationStatus.Released),
                (Verb.Release, _, ReservationStatus.Committed) => (Verdict.Committed, null),
                (Verb.Release, _, _) => (Verdict.Done, null),
                (_, false, _) => (Verdict.Done, ReservationStatus.Restocked),
                (_, _, ReservationStatus.Open or ReservationStatus.Committed) => (Verdict.Done, ReservationStatus.Restocked),
                _ => (Verdict.Done, null),
            };
            if (next.Item2 is { } become)
                _facts[step.Id] = (become, step.Twisted, known ? _facts[step.Id].Until : now, known);
            return next.Item1;
        }

        private long Received(string sku) => _received.Where(fact => fact.Key.Sku == sku).Sum(fact => (long)fact.Value);

        private long Units(string sku, ReservationStatus status) => _facts.Where(fact => fact.Value.Held && fact.Value.Status == status)
            .SelectMany(fact => LinesOf(fact.Key)).Where(line => line.Sku == sku).Sum(line => (long)line.Quantity);
    }
}
