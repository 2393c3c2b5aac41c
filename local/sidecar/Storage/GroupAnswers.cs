namespace NexusCart.Sidecar.Storage;

/// <summary>
/// Answers the writes of a group that was committed or could not be. As many threads of the pool as the machine has processors share
/// it: one work item for each write would cost more in waking threads than the answers do.
/// </summary>
/// <param name="group">The writes.</param>
/// <param name="failure">Why it could not be committed; null: it was.</param>
internal sealed class GroupAnswers(PendingWrite[] group, Exception? failure) : IThreadPoolWorkItem
{
    private int _next = -1;

    /// <summary>Begins to answer.</summary>
    internal static void Begin(List<PendingWrite> group, Exception? failure = null)
    {
        var answers = new GroupAnswers([.. group], failure);
        for (var threads = Math.Min(group.Count, Environment.ProcessorCount); threads > 0; threads--)
            ThreadPool.UnsafeQueueUserWorkItem(answers, preferLocal: false);
    }

    /// <inheritdoc/>
    public void Execute()
    {
        int index;
        while ((index = Interlocked.Increment(ref _next)) < group.Length)
        {
            if (failure is null)
                group[index].Answer();
            else
                group[index].Fail(failure);
        }
    }
}
