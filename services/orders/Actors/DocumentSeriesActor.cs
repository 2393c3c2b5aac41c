using Dapr.Actors;
using Dapr.Actors.Runtime;

namespace NexusCart.Orders.Actors;

/// <summary>The calls of a series of documents.</summary>
public interface IDocumentSeriesActor : IActor
{
    /// <summary>The number of a document in the series: the next one, or the one it got before.</summary>
    Task<SeriesNumber> NumberAsync(SeriesRequest request);
}

/// <summary>Asks for a number.</summary>
/// <param name="DocumentKey">The document: the order's id and its own.</param>
/// <param name="Now">The date on it.</param>
public sealed record SeriesRequest(string DocumentKey, DateTimeOffset Now);

/// <summary>A number of a series.</summary>
/// <param name="Number">1, 2, 3, …</param>
/// <param name="IssuedAt">The date on the document.</param>
public sealed record SeriesNumber(int Number, DateTimeOffset IssuedAt);

/// <summary>
/// A series of invoices or credit notes of one shop and year, without gaps: a number is given and written down with its document in one
/// transaction, so none is given twice and none is lost. The actor's id names the series. State keys: <c>last</c>, and <c>d:{document}</c>
/// for each document that has one.
/// </summary>
public sealed class DocumentSeriesActor(ActorHost host) : Actor(host), IDocumentSeriesActor
{
    private const string LastKey = "last";

    /// <inheritdoc/>
    public async Task<SeriesNumber> NumberAsync(SeriesRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var key = "d:" + Platform.Actors.StateKeys.Escape(request.DocumentKey);
        try
        {
            var known = await StateManager.TryGetStateAsync<SeriesNumber>(key);
            if (known.HasValue)
                return known.Value;
            var last = await StateManager.TryGetStateAsync<SeriesNumber>(LastKey);
            var next = new SeriesNumber((last.HasValue ? last.Value.Number : 0) + 1, request.Now);
            await StateManager.SetStateAsync(key, next);
            await StateManager.SetStateAsync(LastKey, next);
            await StateManager.SaveStateAsync();
            return next;
        }
        finally
        {
            await StateManager.ClearCacheAsync();
        }
    }
}
