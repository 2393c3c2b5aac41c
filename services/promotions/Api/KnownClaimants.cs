using NexusCart.Platform.Actors;

namespace NexusCart.Promotions.Api;

/// <summary>
/// Who has claims in a sale, as a replica knows it: so that everybody else can be told 'sold out' without asking the sale, while those who
/// repeat a claim they got are led to it. Hashes of customers are enough: whoever shares one is led to the sale, which knows.
/// </summary>
/// <param name="read">Reads a page of claimants from a claim's number on.</param>
/// <param name="logger">Where failed reads are logged.</param>
internal sealed class KnownClaimants(Func<int, Task<Actors.ClaimantsPage>> read, ILogger logger)
{
    private readonly Lock _sync = new();
    private volatile State _state = new([], 0, -1);
    private bool _reading;

    /// <summary>
    /// Whether it is certain that a customer had no claim when the sale was at <paramref name="version"/>. Where that is not known yet, the
    /// answer is false, and finding out begins.
    /// </summary>
    public bool Excludes(string customerId, long version)
    {
        var state = _state;
        if (state.Version >= version)
            return !state.Hashes.Contains(StableHash.Of(customerId));
        Learn(version);
        return false;
    }

    private void Learn(long version)
    {
        lock (_sync)
        {
            if (_reading)
                return;
            _reading = true;
        }

        _ = Task.Run(() => LearnAsync(version));
    }

    private async Task LearnAsync(long version)
    {
        try
        {
            var (hashes, next) = (new HashSet<uint>(_state.Hashes), _state.Next);
            for (var isLast = false; !isLast;)
            {
                var page = await read(next);
                hashes.UnionWith(page.Hashes);
                (next, isLast) = (page.Next, page.IsLast);
            }

            _state = new State(hashes, next, version);
        }
        catch (Grpc.Core.RpcException failure)
        {
            logger.LogDebug(failure, "The claimants of a sale could not be read; until they are, it is asked each time");
        }
        finally
        {
            lock (_sync)
                _reading = false;
        }
    }

    /// <param name="Hashes">Never changed.</param>
    /// <param name="Next">The claim to read on from.</param>
    /// <param name="Version">The version of the sale that the hashes are complete for.</param>
    private sealed record State(HashSet<uint> Hashes, int Next, long Version);
}
