using Wire = NexusCart.TaskHub;

namespace Dapr.Workflow.Worker.Replay;

/// <summary>Which patches of the workflow's code an instance takes: those its history names, and any met for the first time.</summary>
internal sealed class PatchLedger
{
    private readonly Dictionary<string, bool> _decided = new(StringComparer.Ordinal);
    private readonly List<string> _met = [];

    /// <summary>Patches met for the first time in this turn, in order.</summary>
    internal IReadOnlyList<string> Met => _met;

    /// <summary>Takes in what an earlier turn met.</summary>
    internal void Learn(Wire.WorkflowStartedEvent turn)
    {
        foreach (var patch in turn.Version?.Patches ?? [])
        {
            _decided[patch] = true;
        }
    }

    /// <summary>Whether the instance takes a patch; the answer stays.</summary>
    internal bool Decide(string patch, bool isReplaying)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(patch);
        if (_decided.TryGetValue(patch, out var taken))
            return taken;

        _decided[patch] = !isReplaying;
        if (!isReplaying)
            _met.Add(patch);

        return !isReplaying;
    }
}
