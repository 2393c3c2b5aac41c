using Dapr.Actors.Runtime;
using NexusCart.Promotions.Domain.FlashSales;

namespace NexusCart.Promotions.Actors;

/// <summary>A sale as it is stored, without its claims.</summary>
/// <param name="Sale">Terms and status.</param>
/// <param name="Claims">How many claims there are; they are in chunks.</param>
/// <param name="Version">Grows with every change that others see.</param>
public sealed record FlashSaleHead(FlashSale Sale, int Claims, long Version);

/// <summary>
/// A sale and its claims, in memory and in the state store. Keys: <c>h</c> the head, <c>c:{n}</c> claims. A turn writes the head and the
/// chunks it touched; an activation reads everything.
/// </summary>
internal sealed class FlashSaleBooks(IActorStateManager state)
{
    private const string HeadKey = "h";
    private FlashSaleView? _told;
    private long _version;

    /// <summary>The sale; null while nobody has drafted it.</summary>
    public FlashSale? Sale { get; set; }

    /// <summary>Its claims.</summary>
    public ClaimBook Claims { get; private set; } = Empty;

    /// <summary>How it stands now; null while there is none.</summary>
    public FlashSaleView? View => Sale is null ? null : new FlashSaleView(Sale, Claims.Left, Claims.Paid, _version);

    private static ClaimBook Empty => new(0, 0, []);

    /// <summary>Reads everything; at activation and after a failed turn.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        var head = await state.TryGetStateAsync<FlashSaleHead>(HeadKey, cancellationToken);
        (Sale, _version, Claims) = (head.HasValue ? head.Value.Sale : null, head.HasValue ? head.Value.Version : 0, Empty);
        if (head.HasValue)
        {
            var claims = new List<Claim>(head.Value.Claims);
            for (var chunk = 0; claims.Count < head.Value.Claims; chunk++)
                claims.AddRange(await ReadAsync(chunk, cancellationToken));
            Claims = new ClaimBook(Sale!.Terms.Units, Sale.Terms.UnitsPerCustomer, claims);
        }

        _told = View;
    }

    /// <summary>Begins the book of a sale that was just drafted.</summary>
    public void Begin(FlashSaleTerms terms)
    {
        Sale = new FlashSale(terms);
        Claims = new ClaimBook(terms.Units, terms.UnitsPerCustomer, []);
    }

    /// <summary>Puts what changed into the state manager.</summary>
    /// <param name="tell">Called with how the sale stands, when that is news.</param>
    /// <param name="cancellationToken">The turn's deadline.</param>
    /// <returns>Whether anything changed.</returns>
    public async Task<bool> WriteAsync(Action<FlashSaleView> tell, CancellationToken cancellationToken)
    {
        if (Sale is null || (Claims.Touched.Count == 0 && View == _told))
            return false;
        if (View != _told)
        {
            _version++;
            tell(View!);
        }

        await state.SetStateAsync(HeadKey, new FlashSaleHead(Sale, Claims.Length, _version), cancellationToken);
        foreach (var chunk in Claims.Touched)
            await state.SetStateAsync(Key(chunk), Claims.Chunk(chunk), cancellationToken);
        return true;
    }

    /// <summary>After the save: the book has the claims, the state manager need not keep them too.</summary>
    public async Task SavedAsync()
    {
        foreach (var chunk in Claims.Touched)
            await state.UnloadStateAsync(Key(chunk));
        Claims.Stored();
        _told = View;
    }

    private async Task<List<Claim>> ReadAsync(int chunk, CancellationToken cancellationToken)
    {
        var stored = await state.TryGetStateAsync<List<Claim>>(Key(chunk), cancellationToken);
        await state.UnloadStateAsync(Key(chunk), cancellationToken: cancellationToken);
        return stored.HasValue ? stored.Value : throw new InvalidOperationException($"Chunk {chunk} of the claims is missing.");
    }

    private static string Key(int chunk) => string.Create(null, $"c:{chunk}");
}
