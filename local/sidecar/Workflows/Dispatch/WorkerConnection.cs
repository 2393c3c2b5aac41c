using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace NexusCart.Sidecar.Workflows.Dispatch;

/// <summary>A worker's open stream: what waits to be sent on it, and what it was given and has not answered.</summary>
internal sealed class WorkerConnection : IDisposable
{
    private readonly WorkDispatcher _dispatcher;
    private readonly Channel<IWorkUnit> _toSend = Channel.CreateUnbounded<IWorkUnit>(new UnboundedChannelOptions { SingleReader = true });

    internal WorkerConnection(WorkDispatcher dispatcher) => _dispatcher = dispatcher;

    /// <summary>What the worker has; guarded by the dispatcher's lock.</summary>
    internal HashSet<IWorkUnit> Outstanding { get; } = [];

    /// <summary>Waits until there is something to send.</summary>
    /// <returns>False when the connection was closed from this side.</returns>
    internal ValueTask<bool> WaitAsync(CancellationToken cancellation) => _toSend.Reader.WaitToReadAsync(cancellation);

    /// <summary>Takes the next item to send.</summary>
    internal bool TryNext([NotNullWhen(true)] out WorkItemFrame? item)
    {
        while (_toSend.Reader.TryRead(out var unit))
        {
            item = unit.Begin();
            if (item is not null)
                return true;

            _dispatcher.Release(unit);
        }

        item = null;
        return false;
    }

    /// <summary>Whether more waits to be sent.</summary>
    internal bool HasMore => _toSend.Reader.TryPeek(out _);

    /// <summary>The worker is gone: what it has not answered goes to others.</summary>
    public void Dispose() => _dispatcher.Disconnect(this);

    internal void Assign(IWorkUnit unit)
    {
        Outstanding.Add(unit);
        unit.Worker = this;
        _toSend.Writer.TryWrite(unit);
    }

    internal void Close() => _toSend.Writer.TryComplete();
}
