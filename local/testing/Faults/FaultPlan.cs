using System.Collections.Concurrent;

namespace NexusCart.Sidecar.Testing.Faults;

/// <summary>
/// What is to go wrong, and where. Faults are planned ahead and used up in the order they were planned, one per operation; when none
/// is left, everything works. Thread-safe.
/// </summary>
public sealed class FaultPlan
{
    private readonly ConcurrentDictionary<(string Kind, string Name), FaultPoint> _points = new();
    private readonly TimeProvider _time;

    internal FaultPlan(TimeProvider time) => _time = time;

    /// <summary>Publishing to a topic of any component.</summary>
    public PublishFaults Publish(string topic) => (PublishFaults)_points.GetOrAdd(("publish", topic), _ => new PublishFaults(_time));

    /// <summary>Delivering a topic to its subscribers.</summary>
    public DeliveryFaults Delivery(string topic) => (DeliveryFaults)_points.GetOrAdd(("delivery", topic), _ => new DeliveryFaults(_time));

    /// <summary>Writing to a state store: saves, deletes, transactions, what actors and workflows keep.</summary>
    public WriteFaults Writes(string store) => (WriteFaults)_points.GetOrAdd(("write", store), _ => new WriteFaults(_time));

    /// <summary>Reading from a state store.</summary>
    public ReadFaults Reads(string store) => (ReadFaults)_points.GetOrAdd(("read", store), _ => new ReadFaults(_time));
}

/// <summary>A place where things go wrong.</summary>
public abstract class FaultPoint
{
    private readonly ConcurrentQueue<Fault> _planned = new();

    private protected FaultPoint(TimeProvider time) => Time = time;

    /// <summary>Faults that have not happened yet.</summary>
    public int Left => _planned.Count;

    private protected TimeProvider Time { get; }

    /// <summary>The next operations fail before they have any effect.</summary>
    /// <param name="count">How many.</param>
    public void FailNext(int count = 1) => Plan(new Fault(FaultKind.Fail), count);

    /// <summary>The next operations begin late.</summary>
    /// <param name="delay">By how much, on the fixture's clock.</param>
    /// <param name="count">How many.</param>
    public void DelayNext(TimeSpan delay, int count = 1) => Plan(new Fault(FaultKind.Delay, delay), count);

    /// <summary>What was planned is forgotten.</summary>
    public void Clear() => _planned.Clear();

    private protected void Plan(Fault fault, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        for (var i = 0; i < count; i++)
            _planned.Enqueue(fault);
    }

    /// <summary>Takes the next fault; waits out a delay and throws a failure itself.</summary>
    internal async ValueTask<FaultKind> MeetAsync(CancellationToken cancellation)
    {
        if (!_planned.TryDequeue(out var fault))
            return FaultKind.None;
        if (fault.Kind == FaultKind.Fail)
            throw new InjectedFaultException();
        if (fault.Kind == FaultKind.Delay)
            await Task.Delay(fault.Delay, Time, cancellation);
        return fault.Kind;
    }
}

/// <summary>Faults of publishing.</summary>
public sealed class PublishFaults : FaultPoint
{
    internal PublishFaults(TimeProvider time)
        : base(time)
    {
    }

    /// <summary>The next messages are acknowledged and never delivered.</summary>
    public void DropNext(int count = 1) => Plan(new Fault(FaultKind.Drop), count);

    /// <summary>The next messages reach the broker twice.</summary>
    public void DuplicateNext(int count = 1) => Plan(new Fault(FaultKind.Duplicate), count);

    /// <summary>The next messages reach the broker, and their publishers are told that they did not.</summary>
    public void LoseAnswerOfNext(int count = 1) => Plan(new Fault(FaultKind.LoseAnswer), count);
}

/// <summary>Faults of delivery. A failed one has not reached the app and comes again as the broker and its policies say.</summary>
public sealed class DeliveryFaults : FaultPoint
{
    internal DeliveryFaults(TimeProvider time)
        : base(time)
    {
    }

    /// <summary>The next messages vanish on the way to the app, as if it had handled them.</summary>
    public void DropNext(int count = 1) => Plan(new Fault(FaultKind.Drop), count);

    /// <summary>The next messages reach the app twice.</summary>
    public void DuplicateNext(int count = 1) => Plan(new Fault(FaultKind.Duplicate), count);

    /// <summary>The app handles the next messages, and its answers are lost: they come again.</summary>
    public void LoseAnswerOfNext(int count = 1) => Plan(new Fault(FaultKind.LoseAnswer), count);
}

/// <summary>Faults of writing state.</summary>
public sealed class WriteFaults : FaultPoint
{
    internal WriteFaults(TimeProvider time)
        : base(time)
    {
    }

    /// <summary>The next writes happen, and their writers are told that they did not.</summary>
    public void LoseAnswerOfNext(int count = 1) => Plan(new Fault(FaultKind.LoseAnswer), count);
}

/// <summary>Faults of reading state.</summary>
public sealed class ReadFaults : FaultPoint
{
    internal ReadFaults(TimeProvider time)
        : base(time)
    {
    }
}

/// <summary>What the app's sidecar ran into because the test said so.</summary>
public sealed class InjectedFaultException() : Exception("injected fault");

internal readonly record struct Fault(FaultKind Kind, TimeSpan Delay = default);

internal enum FaultKind
{
    None,
    Fail,
    Delay,
    Drop,
    Duplicate,
    LoseAnswer,
}
