using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapr.Actors.Runtime;

namespace NexusCart.Tests.Unit.Actors;

/// <summary>What a state store would hold for one actor, and how often it was asked.</summary>
public sealed class ActorStore
{
    public Dictionary<string, string> Values { get; } = [];

    public int Reads { get; set; }

    public int Transactions { get; set; }

    /// <summary>Keys written or removed by the last transaction.</summary>
    public IReadOnlyList<string> LastTransaction { get; set; } = [];

    /// <summary>Thrown by the next save, which then stores nothing.</summary>
    public Exception? FailNextSave { get; set; }
}

/// <summary>
/// The SDK's state manager (1.19) over a dictionary: it tracks what was read and written, saves changes in one
/// transaction, marks them clean only after success, and serialises every value. The text is kept as a sidecar and its stores leave it:
/// members in an order of their own, numbers as doubles.
/// </summary>
public sealed class InMemoryStateManager(ActorStore store, JsonSerializerOptions json) : IActorStateManager
{
    private readonly Dictionary<string, Tracked> _tracker = [];

    public int TrackedKeys => _tracker.Count;

    public Task<ConditionalValue<T>> TryGetStateAsync<T>(string stateName, CancellationToken cancellationToken = default)
    {
        if (!_tracker.TryGetValue(stateName, out var tracked))
        {
            store.Reads++;
            tracked = store.Values.TryGetValue(stateName, out var text)
                ? new Tracked(JsonSerializer.Deserialize<T>(text, json), typeof(T), Change.None)
                : new Tracked(null, typeof(T), Change.NotFound);
            _tracker[stateName] = tracked;
        }

        return Task.FromResult(tracked.Change is Change.NotFound or Change.Remove
            ? new ConditionalValue<T>(false, default!)
            : new ConditionalValue<T>(true, (T)tracked.Value!));
    }

    public Task SetStateAsync<T>(string stateName, T value, CancellationToken cancellationToken = default)
    {
        _tracker[stateName] = new Tracked(value, typeof(T), Change.Write);
        return Task.CompletedTask;
    }

    public async Task<bool> TryRemoveStateAsync(string stateName, CancellationToken cancellationToken = default)
    {
        var exists = await ContainsStateAsync(stateName, cancellationToken);
        if (exists)
            _tracker[stateName] = new Tracked(null, typeof(object), Change.Remove);
        return exists;
    }

    public async Task RemoveStateAsync(string stateName, CancellationToken cancellationToken = default)
    {
        if (!await TryRemoveStateAsync(stateName, cancellationToken))
            throw new KeyNotFoundException(stateName);
    }

    public Task<bool> ContainsStateAsync(string stateName, CancellationToken cancellationToken = default)
    {
        if (_tracker.TryGetValue(stateName, out var tracked))
            return Task.FromResult(tracked.Change is not (Change.NotFound or Change.Remove));
        store.Reads++;
        return Task.FromResult(store.Values.ContainsKey(stateName));
    }

    public Task SaveStateAsync(CancellationToken cancellationToken = default)
    {
        var changed = _tracker.Where(entry => entry.Value.Change is Change.Write or Change.Remove).ToList();
        if (changed.Count == 0)
            return Task.CompletedTask;
        if (store.FailNextSave is { } failure)
        {
            store.FailNextSave = null;
            return Task.FromException(failure);
        }

        store.Transactions++;
        store.LastTransaction = [.. changed.Select(entry => entry.Key).Order(StringComparer.Ordinal)];
        foreach (var (key, tracked) in changed)
        {
            if (tracked.Change is Change.Remove)
            {
                store.Values.Remove(key);
                _tracker.Remove(key);
            }
            else
            {
                store.Values[key] = AsStored(JsonSerializer.SerializeToNode(tracked.Value, tracked.Type, json));
                _tracker[key] = tracked with { Change = Change.None };
            }
        }

        return Task.CompletedTask;
    }

    public Task ClearCacheAsync(CancellationToken cancellationToken = default)
    {
        _tracker.Clear();
        return Task.CompletedTask;
    }

    public Task UnloadStateAsync(string stateName, UnloadStateOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (_tracker.TryGetValue(stateName, out var tracked) && tracked.Change is Change.Write or Change.Remove)
            throw new InvalidOperationException($"'{stateName}' is modified.");
        _tracker.Remove(stateName);
        return Task.CompletedTask;
    }

    public Task AddStateAsync<T>(string stateName, T value, CancellationToken cancellationToken = default) => throw Unused();

    public Task AddStateAsync<T>(string stateName, T value, TimeSpan ttl, CancellationToken cancellationToken = default) => throw Unused();

    public Task<T> GetStateAsync<T>(string stateName, CancellationToken cancellationToken = default) => throw Unused();

    public Task SetStateAsync<T>(string stateName, T value, TimeSpan ttl, CancellationToken cancellationToken = default) => throw Unused();

    public Task<bool> TryAddStateAsync<T>(string stateName, T value, CancellationToken cancellationToken = default) => throw Unused();

    public Task<bool> TryAddStateAsync<T>(string stateName, T value, TimeSpan ttl, CancellationToken cancellationToken = default) => throw Unused();

    public Task<T> GetOrAddStateAsync<T>(string stateName, T value, CancellationToken cancellationToken = default) => throw Unused();

    public Task<T> GetOrAddStateAsync<T>(string stateName, T value, TimeSpan ttl, CancellationToken cancellationToken = default) => throw Unused();

    public Task<T> AddOrUpdateStateAsync<T>(string stateName, T addValue, Func<string, T, T> updateValueFactory, CancellationToken cancellationToken = default) => throw Unused();

    public Task<T> AddOrUpdateStateAsync<T>(string stateName, T addValue, Func<string, T, T> updateValueFactory, TimeSpan ttl, CancellationToken cancellationToken = default) => throw Unused();

    private static string AsStored(JsonNode? value) => Rewritten(value)?.ToJsonString() ?? "null";

    private static JsonNode? Rewritten(JsonNode? value) => value switch
    {
        JsonObject map => new JsonObject(map.Reverse().Select(member => KeyValuePair.Create(member.Key, Rewritten(member.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Rewritten)]),
        JsonValue number when number.GetValueKind() == JsonValueKind.Number => AsDouble(number),
        _ => value?.DeepClone(),
    };

    private static JsonValue AsDouble(JsonValue number)
    {
        var rounded = double.Parse(number.ToJsonString(), CultureInfo.InvariantCulture);
        return double.IsInteger(rounded) && Math.Abs(rounded) < long.MaxValue ? JsonValue.Create((long)rounded) : JsonValue.Create(rounded);
    }

    private static NotSupportedException Unused() => new("Not used by the actors of this house.");

    private enum Change
    {
        None,
        Write,
        Remove,
        NotFound,
    }

    private sealed record Tracked(object? Value, Type Type, Change Change);
}
