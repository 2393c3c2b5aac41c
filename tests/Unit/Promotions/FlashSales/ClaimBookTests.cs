using CsCheck;
using NexusCart.Promotions.Domain.FlashSales;

namespace NexusCart.Tests.Unit.Promotions.FlashSales;

public class ClaimBookTests
{
    private const int Units = 7;
    private const int PerCustomer = 2;
    private static readonly DateTimeOffset Start = Some.Now;

    private enum Verb
    {
        Open,
        HandOver,
        Pay,
        Fail,
        GiveUp,
        Wait,
    }

    private static readonly Gen<(Verb Verb, int Who, int Key, int Number, int Quantity)> AnyStep = Gen.Select(
        Gen.Frequency((8, Gen.Const(Verb.Open)), (3, Gen.Const(Verb.HandOver)), (2, Gen.Const(Verb.Pay)), (1, Gen.Const(Verb.Fail)),
            (1, Gen.Const(Verb.GiveUp)), (1, Gen.Const(Verb.Wait))),
        Gen.Int[0, 5], Gen.Int[0, 2], Gen.Int[-1, 12], Gen.Int[1, 3]);

    [Fact]
    public void Any_history_gives_out_what_there_is_and_no_more() => AnyStep.List[1, 80].Sample(steps =>
    {
        var book = new ClaimBook(Units, PerCustomer, []);
        var answers = new Dictionary<(string, string), (int Number, int Quantity)>();
        var stored = new List<List<Claim>>();
        var now = Start;
        foreach (var (verb, who, key, number, quantity) in steps)
        {
            book.Expire(now, most: 100);
            var leftBefore = book.Left;
            switch (verb)
            {
                case Verb.Open:
                    CheckOpen(book, answers, $"c{who}", $"k{key}", quantity, now, leftBefore);
                    break;
                case Verb.HandOver:
                    book.HandOver(number, $"o{key}", $"c{who}");
                    break;
                case Verb.Pay:
                    book.Pay(number, $"o{key}");
                    break;
                case Verb.Fail:
                    book.Fail(number, $"o{key}");
                    break;
                case Verb.GiveUp:
                    book.GiveUp(number, $"c{who}");
                    break;
                default:
                    now += TimeSpan.FromSeconds(20);
                    break;
            }

            Check(book);
            Store(book, stored);
        }

        // What a restart reads is what was there.
        var again = new ClaimBook(Units, PerCustomer, stored.SelectMany(chunk => chunk));
        Assert.Equal((book.Length, book.Left, book.Paid, book.Unsettled, book.NextExpiry), (again.Length, again.Left, again.Paid, again.Unsettled, again.NextExpiry));
        Assert.All(answers, answer => Assert.Equal(answer.Value.Number, again.Find(answer.Key.Item1, answer.Key.Item2)!.Value.Number));
    });

    [Fact]
    public void Only_touched_chunks_are_written()
    {
        var book = new ClaimBook(1_000, 1, []);
        for (var i = 0; i < (2 * ClaimBook.ChunkSize) + 1; i++)
            book.Open($"c{i}", "k", 1, Start);
        Assert.Equal([0, 1, 2], book.Touched);
        Assert.Equal([ClaimBook.ChunkSize, ClaimBook.ChunkSize, 1], Enumerable.Range(0, 3).Select(chunk => book.Chunk(chunk).Count));

        book.Stored();
        book.HandOver(ClaimBook.ChunkSize, "o1", $"c{ClaimBook.ChunkSize}");
        Assert.Equal([1], book.Touched);
        book.Stored();
        Assert.Equal(ClaimVerdict.Done, book.Open("c0", "k", 1, Start).Verdict);
        Assert.Equal(ClaimVerdict.LimitReached, book.Open("c0", "k2", 1, Start).Verdict);
        Assert.Empty(book.Touched);
    }

    [Fact]
    public void An_order_that_failed_before_it_took_the_claim_over_does_not_get_it_late()
    {
        var book = new ClaimBook(1, 1, []);
        book.Open("ann", "k", 1, Start.AddSeconds(60));
        book.Fail(0, "o1");
        Assert.Equal(ClaimVerdict.Released, book.HandOver(0, "o1", "ann"));
        Assert.Equal(1, book.Left);
    }

    [Fact]
    public void A_claim_that_an_order_has_taken_over_neither_expires_nor_goes_to_another_order()
    {
        var book = new ClaimBook(1, 1, []);
        book.Open("ann", "k", 1, Start.AddSeconds(60));
        Assert.Equal(ClaimVerdict.Unknown, book.HandOver(0, "o1", "bob"));
        Assert.Equal(ClaimVerdict.Done, book.HandOver(0, "o1", "ann"));
        book.Expire(Start.AddYears(1), 100);
        Assert.Equal(ClaimVerdict.Taken, book.HandOver(0, "o2", "ann"));
        book.Fail(0, "o2");
        book.Pay(0, "o2");
        Assert.Equal(ClaimStatus.Checkout, book.Find(0)!.Status);
        book.Pay(0, "o1");
        book.Fail(0, "o1");
        Assert.Equal(ClaimStatus.Paid, book.Find(0)!.Status);
        Assert.Equal(ClaimVerdict.Done, book.HandOver(0, "o1", "ann"));
    }

    private static void CheckOpen(
        ClaimBook book, Dictionary<(string, string), (int Number, int Quantity)> answers, string customer, string key, int quantity,
        DateTimeOffset now, int leftBefore)
    {
        var had = Enumerable.Range(0, book.Length).Select(number => book.Find(number)!)
            .Where(claim => claim.Customer == customer && claim.Status is not ClaimStatus.Released).Sum(claim => claim.Quantity);
        var (verdict, claim) = book.Open(customer, key, quantity, now.AddSeconds(60));
        if (answers.TryGetValue((customer, key), out var known))
        {
            Assert.Equal(known.Quantity == quantity ? ClaimVerdict.Done : ClaimVerdict.KeyReused, verdict);
            Assert.Equal(known.Number, claim!.Value.Number);
            return;
        }

        var expected = had + quantity > PerCustomer ? ClaimVerdict.LimitReached : quantity > leftBefore ? ClaimVerdict.SoldOut : ClaimVerdict.Done;
        Assert.Equal(expected, verdict);
        if (verdict is ClaimVerdict.Done)
            answers.Add((customer, key), (claim!.Value.Number, quantity));
    }

    private static void Check(ClaimBook book)
    {
        var claims = Enumerable.Range(0, book.Length).Select(number => book.Find(number)!).ToList();
        var live = claims.Where(claim => claim.Status is not ClaimStatus.Released).ToList();
        Assert.Equal(Units - live.Sum(claim => claim.Quantity), book.Left);
        Assert.InRange(book.Left, 0, Units);
        Assert.Equal(claims.Where(claim => claim.Status is ClaimStatus.Paid).Sum(claim => claim.Quantity), book.Paid);
        Assert.Equal(claims.Count(claim => claim.Status is ClaimStatus.Open or ClaimStatus.Checkout), book.Unsettled);
        Assert.All(live.GroupBy(claim => claim.Customer), customer => Assert.True(customer.Sum(claim => claim.Quantity) <= PerCustomer));
    }

    private static void Store(ClaimBook book, List<List<Claim>> stored)
    {
        foreach (var chunk in book.Touched)
        {
            while (stored.Count <= chunk)
                stored.Add([]);
            stored[chunk] = book.Chunk(chunk);
        }

        book.Stored();
    }
}
