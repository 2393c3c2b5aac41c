using NexusCart.Sidecar.Components;

namespace NexusCart.Sidecar.Bindings;

/// <summary>Something that happened outside, for the app.</summary>
/// <param name="Data">What it carries; empty for nothing.</param>
/// <param name="Metadata">What there is to say about it.</param>
public sealed record BindingEvent(ReadOnlyMemory<byte> Data, IReadOnlyDictionary<string, string> Metadata);

/// <summary>Hands an event to the app and gives its answer; an exception means that the app did not take it.</summary>
public delegate Task<ReadOnlyMemory<byte>> BindingHandler(BindingEvent input, CancellationToken cancellation);

/// <summary>A driver that brings events in.</summary>
public interface IInputBinding : IComponent
{
    /// <summary>Starts handing events to <paramref name="handler"/>; disposing the result ends that after those under way.</summary>
    Task<IAsyncDisposable> StartAsync(BindingHandler handler, CancellationToken cancellation);
}

/// <summary>What an app asks of an output binding.</summary>
/// <param name="Operation">One of <see cref="IOutputBinding.Operations"/>.</param>
/// <param name="Data">What goes out.</param>
/// <param name="Metadata">Settings of this call; names keep their case.</param>
public sealed record BindingRequest(string Operation, ReadOnlyMemory<byte> Data, IReadOnlyDictionary<string, string> Metadata);

/// <summary>What came of it.</summary>
/// <param name="Data">The answer's data.</param>
/// <param name="Metadata">What there is to say about it.</param>
public sealed record BindingResponse(ReadOnlyMemory<byte> Data, IReadOnlyDictionary<string, string> Metadata)
{
    private static readonly IReadOnlyDictionary<string, string> NoMetadata = new Dictionary<string, string>();

    /// <summary>An answer without metadata.</summary>
    public BindingResponse(ReadOnlyMemory<byte> data)
        : this(data, NoMetadata)
    {
    }
}

/// <summary>The other side refused; its answer came along.</summary>
public sealed class BindingRefusedException(string message, BindingResponse response) : Exception(message)
{
    /// <summary>What it answered.</summary>
    public BindingResponse Response { get; } = response;
}

/// <summary>A driver that carries something out. Thread-safe.</summary>
public interface IOutputBinding : IComponent
{
    /// <summary>What it can be asked to do, in the order error messages list it.</summary>
    IReadOnlyList<string> Operations { get; }

    /// <summary>Does it; null when there is nothing to answer.</summary>
    Task<BindingResponse?> InvokeAsync(BindingRequest request, CancellationToken cancellation);
}
