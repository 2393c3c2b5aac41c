namespace NexusCart.Sidecar.Workflows.Instances;

/// <summary>Something callers may wait for; costs nothing while nobody does. Guarded by the instance's lock.</summary>
internal struct Signal
{
    private TaskCompletionSource? _waiters;
    private Exception? _fault;
    private bool _isSet;

    /// <summary>Completes when the signal is set, or fails with what it failed with.</summary>
    internal Task Wait()
    {
        if (_fault is not null)
            return Task.FromException(_fault);

        return _isSet
            ? Task.CompletedTask
            : (_waiters ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    internal void Set()
    {
        _isSet = true;
        _waiters?.TrySetResult();
    }

    internal void Fail(Exception fault)
    {
        if (_isSet)
            return;

        _fault = fault;
        if (_waiters is null)
            return;

        _waiters.TrySetException(fault);
        // Nobody may be waiting any more.
        _ = _waiters.Task.Exception;
    }
}
