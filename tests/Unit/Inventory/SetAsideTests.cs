using CsCheck;
using NexusCart.Inventory.Domain;

namespace NexusCart.Tests.Unit.Inventory;

/// <summary>Units set aside by one reservation and taken out of it by others: what a flash sale does to the stock.</summary>
public class SetAsideTests
{
    private const string Sku = "A";
    private const string Sale = "sale-1";
    private const int Received = 100;
    private static readonly DateTimeOffset Start = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Store _store = new();

    public SetAsideTests()
    {
        _store.Turn(Start, turn => turn.Receive("receipt", new Units(Sku, Received)));
        Assert.Equal(Verdict.Done, Hold(Sale, 40, ttl: 1_000));
    }

    [Fact]
    public void Units_that_are_set_aside_are_not_for_sale_to_anybody_else()
    {
        Assert.Equal(Verdict.OutOfStock, Hold("other", 61));
        Assert.Equal(Verdict.Done, Hold("other", 60));
        Assert.Equal(Verdict.Done, Hold("buyer", 40, Sale));
        Assert.Equal(Verdict.OutOfStock, Hold("late", 1, Sale));
        Assert.Equal(Received, _store.Level.Reserved);
    }

    [Fact]
    public void Released_units_go_back_to_where_they_came_from()
    {
        Hold("buyer", 30, Sale);
        Assert.Equal(10, _store.Open(Sale)!.Held(Sku));
        Assert.Equal(Verdict.Done, Close("buyer", 30, (turn, id, print) => turn.Release(id, print)));
        Assert.Equal(40, _store.Open(Sale)!.Held(Sku));
        Assert.Equal(40, _store.Level.Reserved);
    }

    [Fact]
    public void Expired_units_go_back_to_where_they_came_from()
    {
        Hold("buyer", 30, Sale, ttl: 10);
        _store.Turn(Start.AddSeconds(10), turn => turn.Expire("buyer"));
        Assert.Equal(40, _store.Open(Sale)!.Held(Sku));
    }

    [Fact]
    public void Sold_units_that_are_restocked_go_back_and_stay_held()
    {
        Hold("buyer", 30, Sale);
        Close("buyer", 30, (turn, id, print) => turn.Commit(id, print));
        Assert.Equal((10, 30), (_store.Level.Reserved, _store.Level.Sold));
        Close("buyer", 30, (turn, id, print) => turn.Restock(id, print));
        Assert.Equal((40, 0), (_store.Level.Reserved, _store.Level.Sold));
    }

    [Fact]
    public void Once_the_sale_is_over_units_go_back_into_stock()
    {
        Hold("buyer", 30, Sale);
        Assert.Equal(Verdict.Done, Close(Sale, 40, (turn, id, print) => turn.Release(id, print)));
        Assert.Equal(30, _store.Level.Reserved);
        Close("buyer", 30, (turn, id, print) => turn.Release(id, print));
        Assert.Equal(0, _store.Level.Reserved);
        Assert.Equal(Verdict.OutOfStock, Hold("late", 1, Sale));
    }

    [Fact]
    public void Any_history_keeps_the_books()
    {
        var verb = Gen.Int[0, 5];
        Gen.Select(verb, Gen.Int[0, 7], Gen.Int[1, 9], Gen.Bool, (what, who, units, outOfSale) => (what, who, units, outOfSale)).List[1, 60].Sample(steps =>
        {
            var test = new SetAsideTests();
            var now = Start;
            foreach (var (what, who, units, outOfSale) in steps)
            {
                // One in eight is the sale itself, which anything may happen to; else a buyer with lines of his own.
                var (id, quantity) = who == 0 ? (Sale, 40) : ($"buyer-{who}", who);
                var print = Lines.Fingerprint([new Units(Sku, quantity)]);
                test._store.Turn(now, turn =>
                {
                    turn.Expire(id);
                    _ = what switch
                    {
                        0 or 1 => turn.Hold(id, [new Units(Sku, quantity)], print, "a", now.AddSeconds(5), from: who != 0 && outOfSale ? Sale : null).Verdict,
                        2 => turn.Release(id, print),
                        3 => turn.Commit(id, print),
                        4 => turn.Restock(id, print),
                        _ => Verdict.Done,
                    };
                });
                now += TimeSpan.FromSeconds(units);
                test._store.Check();
            }
        });
    }

    private Verdict Hold(string id, int units, string? from = null, int ttl = 100)
    {
        Units[] lines = [new(Sku, units)];
        var verdict = Verdict.Unknown;
        _store.Turn(Start, turn => verdict = turn.Hold(id, lines, Lines.Fingerprint(lines), "attempt", Start.AddSeconds(ttl), from: from).Verdict);
        return verdict;
    }

    private Verdict Close(string id, int units, Func<StockTurn, string, string, Verdict> how)
    {
        var verdict = Verdict.Unknown;
        _store.Turn(Start, turn => verdict = how(turn, id, Lines.Fingerprint([new Units(Sku, units)])));
        return verdict;
    }

    private sealed class Store : IStockView
    {
        private readonly Dictionary<string, Reservation> _reservations = [];
        private StockLevel? _level;

        public StockLevel Level => _level!;

        public Reservation? Open(string id) => _reservations.GetValueOrDefault(id) is { Status: ReservationStatus.Open } open ? open : null;

        public void Turn(DateTimeOffset now, Action<StockTurn> verbs)
        {
            var turn = new StockTurn(this, now);
            verbs(turn);
            var changes = turn.Changes();
            _level = changes.Levels.SingleOrDefault() ?? _level;
            foreach (var (id, reservation) in changes.Reservations)
            {
                if (reservation is null) _reservations.Remove(id);
                else _reservations[id] = reservation;
            }

            Check();
        }

        public void Check()
        {
            var open = _reservations.Values.Where(reservation => reservation.Status is ReservationStatus.Open).ToList();
            Assert.All(open, reservation => Assert.All(reservation.Lines, line => Assert.True(line.Quantity >= 0)));
            Assert.Equal(open.Sum(reservation => reservation.Held(Sku)), Level.Reserved);
            Assert.Equal(
                _reservations.Values.Where(reservation => reservation.Status is ReservationStatus.Committed).Sum(reservation => reservation.Held(Sku)),
                Level.Sold);
        }

        StockLevel? IStockView.Level(string sku) => _level;

        Reservation? IStockView.Reservation(string id) => _reservations.GetValueOrDefault(id);

        bool IStockView.HasReceipt(string sku, string receiptId) => _level is not null;

        StaffDocument? IStockView.Document(MovementKind kind, string id) => null;

        Backorder? IStockView.Backorder(string sku, long number) => null;

        long IStockView.QueueKnownTo(string sku) => 0;
    }
}
