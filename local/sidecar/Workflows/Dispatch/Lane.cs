using System.Diagnostics.CodeAnalysis;

namespace NexusCart.Sidecar.Workflows.Dispatch;

/// <summary>
/// The work of one kind that waits for a worker, and the limits it waits for. What waits for the limit of its own name does not keep
/// back what has another name. Guarded by the dispatcher's lock.
/// </summary>
/// <param name="perSidecar">Most out at once for each sidecar; null: any number.</param>
/// <param name="overall">Most out at once over all sidecars; null: any number.</param>
/// <param name="byName">Most out at once of a name.</param>
internal sealed class Lane(int? perSidecar, int? overall, IReadOnlyDictionary<string, int> byName)
{
    private readonly Queue<IWorkUnit> _waiting = new();
    private readonly Dictionary<string, NamedLane> _named =
        byName.ToDictionary(static limit => limit.Key, static limit => new NamedLane(limit.Value), StringComparer.Ordinal);

    private int _out;

    /// <summary>Sidecars of the app.</summary>
    internal int Sidecars { get; set; } = 1;

    private long Limit => Math.Min(overall ?? int.MaxValue, (perSidecar ?? int.MaxValue) * (long)Sidecars);

    /// <summary>Adds work.</summary>
    internal void Add(IWorkUnit unit) => _waiting.Enqueue(unit);

    /// <summary>Takes the next unit that no limit keeps back; it counts as out.</summary>
    internal bool TryTake([NotNullWhen(true)] out IWorkUnit? unit)
    {
        unit = null;
        if (_out >= Limit)
            return false;

        while (_waiting.TryDequeue(out var next))
        {
            if (_named.Count > 0 && _named.TryGetValue(next.Name, out var named))
            {
                if (named.Out >= named.Limit)
                {
                    named.Waiting.Enqueue(next);
                    continue;
                }

                named.Out++;
            }

            _out++;
            unit = next;
            return true;
        }

        return false;
    }

    /// <summary>A unit is out no more.</summary>
    internal void Return(IWorkUnit unit)
    {
        _out--;
        if (_named.Count == 0 || !_named.TryGetValue(unit.Name, out var named))
            return;

        named.Out--;
        if (named.Waiting.TryDequeue(out var next))
            _waiting.Enqueue(next);
    }

    private sealed class NamedLane(int limit)
    {
        internal Queue<IWorkUnit> Waiting { get; } = new();

        internal int Limit { get; } = limit;

        internal int Out { get; set; }
    }
}
