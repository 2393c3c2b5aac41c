namespace NexusCart.Sandbox.Control;

/// <summary>The faults that still wait to strike, oldest first.</summary>
public sealed class FaultBox
{
    private readonly Lock _gate = new();
    private readonly List<Fault> _waiting = [];

    /// <summary>What still waits.</summary>
    public IReadOnlyList<Fault> Waiting
    {
        get
        {
            lock (_gate)
                return [.. _waiting];
        }
    }

    /// <summary>Adds a fault.</summary>
    public void Add(Fault fault)
    {
        lock (_gate)
            _waiting.Add(fault);
    }

    /// <summary>Forgets all faults.</summary>
    public void Clear()
    {
        lock (_gate)
            _waiting.Clear();
    }

    /// <summary>Takes what strikes this request; <see cref="Fault.None"/> when nothing does.</summary>
    public Fault Take(string provider, string operation, IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        lock (_gate)
        {
            var index = _waiting.FindIndex(fault => (fault.Provider is null || fault.Provider == provider)
                && (fault.Operation == "*" || fault.Operation == operation)
                && fault.Match.All(pair => metadata.GetValueOrDefault(pair.Key) == pair.Value));
            if (index < 0)
                return Fault.None;
            var fault = _waiting[index];
            if (fault.Skip > 0)
            {
                _waiting[index] = fault with { Skip = fault.Skip - 1 };
                return Fault.None;
            }

            if (fault.Times > 1)
                _waiting[index] = fault with { Times = fault.Times - 1 };
            else
                _waiting.RemoveAt(index);
            return fault;
        }
    }
}
