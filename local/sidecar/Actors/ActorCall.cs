using Microsoft.Extensions.Primitives;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Sidecar.Actors;

/// <summary>A call of an actor's method, as it came over either protocol.</summary>
public sealed record ActorCall
{
    /// <summary>The header that names the turn a call belongs to.</summary>
    public const string ReentrancyHeader = "Dapr-Reentrancy-Id";

    /// <summary>Actor type.</summary>
    public required string Type { get; init; }

    /// <summary>Actor id.</summary>
    public required string Id { get; init; }

    /// <summary>The method; slashes are part of it.</summary>
    public required string Method { get; init; }

    /// <summary>The query with its question mark, or empty.</summary>
    public string Query { get; init; } = "";

    /// <summary>The argument. Must stay as it is until the app has answered.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>What the body is; null when not said.</summary>
    public string? ContentType { get; init; }

    /// <summary>The caller's headers; those between two hops only and those the sidecar sets itself are left out on the way.</summary>
    public IEnumerable<KeyValuePair<string, StringValues>> Headers { get; init; } = [];

    /// <summary>The turn the call belongs to; null for one of its own.</summary>
    public string? ReentrancyId { get; init; }

    /// <summary>The trace it belongs to.</summary>
    public required TraceContext Trace { get; init; }
}
