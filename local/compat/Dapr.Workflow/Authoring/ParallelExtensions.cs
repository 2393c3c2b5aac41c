namespace Dapr.Workflow;

/// <summary>Fan-out with a bound.</summary>
public static class ParallelExtensions
{
    /// <summary>Runs one task per input, at most <paramref name="maxConcurrency"/> at a time.</summary>
    /// <typeparam name="TInput">The inputs' type.</typeparam>
    /// <typeparam name="TResult">The results' type.</typeparam>
    /// <param name="context">The workflow's context.</param>
    /// <param name="inputs">The inputs; enumerated once.</param>
    /// <param name="taskFactory">Starts the task of one input, through <paramref name="context"/>.</param>
    /// <param name="maxConcurrency">At least 1.</param>
    /// <returns>The results in the order of the inputs.</returns>
    /// <exception cref="AggregateException">Tasks failed; all of them were waited for.</exception>
    public static async Task<TResult[]> ProcessInParallelAsync<TInput, TResult>(
        this WorkflowContext context,
        IEnumerable<TInput> inputs,
        Func<TInput, Task<TResult>> taskFactory,
        int maxConcurrency = 5)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(taskFactory);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxConcurrency);

        var pending = inputs.ToList();
        var results = new TResult[pending.Count];
        var running = new List<Task>(Math.Min(maxConcurrency, pending.Count));
        var failures = new List<Exception>();
        for (var next = 0; next < pending.Count || running.Count > 0;)
        {
            while (next < pending.Count && running.Count < maxConcurrency)
            {
                running.Add(RunOneAsync(next++));
            }

            running.Remove(await Task.WhenAny(running));
        }

        return failures.Count == 0
            ? results
            : throw new AggregateException($"{failures.Count} out of {pending.Count} tasks failed", failures);

        async Task RunOneAsync(int index)
        {
            try
            {
                results[index] = await taskFactory(pending[index]);
            }
#pragma warning disable CA1031 // Every failure is collected and thrown at the end.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                failures.Add(failure);
            }
        }
    }
}
