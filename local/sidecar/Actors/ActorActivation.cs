using NexusCart.Sidecar.Scheduling;

namespace NexusCart.Sidecar.Actors;

/// <summary>One actor that is, or is about to be, active in the app.</summary>
internal sealed class ActorActivation(ActorTypeHost type, string id, long now) : Deadline, IDisposable
{
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cut = new();
    private string? _path;
    private long _lastUsed = now;
    private volatile bool _called;
    private volatile bool _leaving;

    public ActorTypeHost Type { get; } = type;

    public string Id { get; } = id;

    public TurnQueue Turns { get; } = new();

    /// <summary>Cancelled when the actor had to leave before its turn ended.</summary>
    public CancellationToken Cut => _cut.Token;

    /// <summary>Ends when the app was told, or never needed to be told, that the actor is deactivated: only then may it be activated again.</summary>
    public Task Gone => _gone.Task;

    /// <summary>Whether the app was ever called for it.</summary>
    public bool WasCalled => _called;

    /// <summary>Its last turn has ended; it may not write state any more.</summary>
    public bool IsLeaving => _leaving;

    /// <summary>Path of the actor in the app, escaped: <c>/actors/{type}/{id}</c>.</summary>
    public string Path => _path ??= $"/actors/{Uri.EscapeDataString(Type.Name)}/{Uri.EscapeDataString(Id)}";

    /// <summary>UTC ticks of the last use.</summary>
    public long LastUsed => Volatile.Read(ref _lastUsed);

    /// <summary>Notes a call: puts the idle deadline off.</summary>
    public void Touch(long now)
    {
        Volatile.Write(ref _lastUsed, now);
        _called = true;
    }

    /// <summary>Cancels what is under way.</summary>
    public void CutOff() => _cut.Cancel();

    /// <summary>Notes that the last turn has ended.</summary>
    public void SetLeaving() => _leaving = true;

    /// <summary>The last act, when it left the table: who waits for a new activation may have it.</summary>
    public void Dispose()
    {
        _cut.Dispose();
        _gone.TrySetResult();
    }
}
