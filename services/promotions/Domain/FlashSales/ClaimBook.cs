namespace NexusCart.Promotions.Domain.FlashSales;

/// <summary>A claim and its number.</summary>
/// <param name="Number">Its place in the book, from 0.</param>
/// <param name="Claim">The claim.</param>
public readonly record struct NumberedClaim(int Number, Claim Claim);

/// <summary>
/// Who got what of a sale: claims in the order they came. Never gives out more units than there are, nor more to one customer than the
/// sale allows; a customer's key makes one claim, however often it comes. It is rebuilt from what is stored of it: the claims, in chunks
/// of <see cref="ChunkSize"/>, of which a turn writes those it touched.
/// </summary>
public sealed class ClaimBook
{
    /// <summary>Claims in a chunk; about 30 KB.</summary>
    public const int ChunkSize = 256;

    private readonly List<Claim> _claims;
    private readonly Dictionary<(string Customer, string Key), int> _byKey = [];
    private readonly Dictionary<string, int> _unitsOf = new(StringComparer.Ordinal);
    private readonly PriorityQueue<int, DateTimeOffset> _expiries = new();
    private readonly SortedSet<int> _touched = [];
    private readonly int _units;
    private readonly int _perCustomer;

    /// <param name="units">Units of the sale.</param>
    /// <param name="perCustomer">Most units of one customer.</param>
    /// <param name="claims">What is stored, in order.</param>
    public ClaimBook(int units, int perCustomer, IEnumerable<Claim> claims)
    {
        ArgumentNullException.ThrowIfNull(claims);
        (_units, _perCustomer) = (units, perCustomer);
        _claims = [.. claims];
        for (var number = 0; number < _claims.Count; number++)
        {
            var claim = _claims[number];
            _byKey.Add((claim.Customer, claim.Key), number);
            Count(claim, +1);
            if (claim.Status is ClaimStatus.Open)
                _expiries.Enqueue(number, claim.ExpiresAt);
        }
    }

    /// <summary>Claims ever made.</summary>
    public int Length => _claims.Count;

    /// <summary>Claims that are neither paid for nor given back.</summary>
    public int Unsettled { get; private set; }

    /// <summary>Units that are claimed, paid ones included.</summary>
    public int Taken { get; private set; }

    /// <summary>Units that are paid for.</summary>
    public int Paid { get; private set; }

    /// <summary>Units nobody has claimed.</summary>
    public int Left => _units - Taken;

    /// <summary>When the next open claim expires; null when none is open.</summary>
    public DateTimeOffset? NextExpiry
    {
        get
        {
            while (_expiries.TryPeek(out var number, out var at))
            {
                if (_claims[number].Status is ClaimStatus.Open)
                    return at;
                _expiries.Dequeue();
            }

            return null;
        }
    }

    /// <summary>The chunks that a turn has changed.</summary>
    public IReadOnlyCollection<int> Touched => _touched;

    /// <summary>One claim; null when there is none of this number.</summary>
    public Claim? Find(int number) => number >= 0 && number < _claims.Count ? _claims[number] : null;

    /// <summary>The claims of a chunk.</summary>
    public List<Claim> Chunk(int chunk) => _claims.GetRange(chunk * ChunkSize, Math.Min(ChunkSize, _claims.Count - (chunk * ChunkSize)));

    /// <summary>The touched chunks are stored.</summary>
    public void Stored() => _touched.Clear();

    /// <summary>The claim that a customer's key made; null when it made none.</summary>
    public NumberedClaim? Find(string customer, string key) =>
        _byKey.TryGetValue((customer, key), out var number) ? new NumberedClaim(number, _claims[number]) : null;

    /// <summary>Claims units. Whose key made a claim before gets that one, whatever became of it.</summary>
    public (ClaimVerdict Verdict, NumberedClaim? Claim) Open(string customer, string key, int quantity, DateTimeOffset expiresAt)
    {
        if (Find(customer, key) is { } known)
            return (known.Claim.Quantity == quantity ? ClaimVerdict.Done : ClaimVerdict.KeyReused, known);
        if (_unitsOf.GetValueOrDefault(customer) + quantity > _perCustomer)
            return (ClaimVerdict.LimitReached, null);
        if (quantity > Left)
            return (ClaimVerdict.SoldOut, null);

        var (number, claim) = (_claims.Count, new Claim(customer, key, quantity, ClaimStatus.Open, expiresAt));
        _claims.Add(claim);
        _byKey.Add((customer, key), number);
        _expiries.Enqueue(number, expiresAt);
        Count(claim, +1);
        _touched.Add(number / ChunkSize);
        return (ClaimVerdict.Done, new NumberedClaim(number, claim));
    }

    /// <summary>An order takes a claim over.</summary>
    public ClaimVerdict HandOver(int number, string order, string customer)
    {
        if (Find(number) is not { } claim || claim.Customer != customer)
            return ClaimVerdict.Unknown;
        switch (claim.Status)
        {
            case ClaimStatus.Open:
                Set(number, claim with { Status = ClaimStatus.Checkout, Order = order });
                return ClaimVerdict.Done;
            case ClaimStatus.Released:
                return ClaimVerdict.Released;
            default:
                return claim.Order == order ? ClaimVerdict.Done : ClaimVerdict.Taken;
        }
    }

    /// <summary>The order of a claim is paid.</summary>
    public void Pay(int number, string order)
    {
        if (Find(number) is { Status: ClaimStatus.Checkout } claim && claim.Order == order)
            Set(number, claim with { Status = ClaimStatus.Paid });
    }

    /// <summary>
    /// The order of a claim has failed. A claim that is open still was not taken over yet, and must not be any more: the order might
    /// ask for it late.
    /// </summary>
    public void Fail(int number, string order)
    {
        if (Find(number) is { } claim && (claim.Status is ClaimStatus.Open || (claim.Status is ClaimStatus.Checkout && claim.Order == order)))
            Set(number, claim with { Status = ClaimStatus.Released, Order = order });
    }

    /// <summary>The customer gives his claim back.</summary>
    public ClaimVerdict GiveUp(int number, string customer)
    {
        if (Find(number) is not { } claim || claim.Customer != customer)
            return ClaimVerdict.Unknown;
        if (claim.Status is ClaimStatus.Checkout or ClaimStatus.Paid)
            return ClaimVerdict.Taken;
        if (claim.Status is ClaimStatus.Open)
            Set(number, claim with { Status = ClaimStatus.Released });
        return ClaimVerdict.Done;
    }

    /// <summary>Gives back open claims whose time is over, up to <paramref name="most"/> of them.</summary>
    public void Expire(DateTimeOffset now, int most)
    {
        for (; most > 0 && NextExpiry <= now; most--)
        {
            var number = _expiries.Dequeue();
            Set(number, _claims[number] with { Status = ClaimStatus.Released });
        }
    }

    private void Set(int number, Claim next)
    {
        Count(_claims[number], -1);
        _claims[number] = next;
        Count(next, +1);
        _touched.Add(number / ChunkSize);
    }

    private void Count(Claim claim, int sign)
    {
        if (claim.Status is ClaimStatus.Released)
            return;
        var units = sign * claim.Quantity;
        Taken += units;
        _unitsOf[claim.Customer] = _unitsOf.GetValueOrDefault(claim.Customer) + units;
        if (claim.Status is ClaimStatus.Paid)
            Paid += units;
        else
            Unsettled += sign;
    }
}
