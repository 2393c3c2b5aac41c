using System.Text;
using CsCheck;
using NexusCart.Sidecar.State;

namespace NexusCart.Tests.Sidecar.State;

/// <summary>Random sequences of operations against the simplest store that could be right.</summary>
public sealed class StateStoreModelTests
{
    private static readonly string[] Keys = ["a", "b", "c"];

    private enum Etag
    {
        None,
        Current,
        Stale,
        Foreign,
    }

    private sealed record Step(string Key, bool Delete, Etag Etag, StateConcurrency Concurrency, int? TtlSeconds);

    private static readonly Gen<Step> GenStep = Gen.Select(
        Gen.Int[0, Keys.Length - 1].Select(i => Keys[i]),
        Gen.Bool,
        Gen.Enum<Etag>(),
        Gen.Enum<StateConcurrency>(),
        Gen.Int[0, 2].Select(i => i == 0 ? (int?)null : (2 * i) - 1),
        (key, delete, etag, concurrency, ttl) => new Step(key, delete, etag, concurrency, ttl));

    // An action is a clock tick (no steps), a single write, or a transaction.
    private static readonly Gen<Step[][]> GenActions = GenStep.Array[0, 3].Array[1, 30];

    [Theory]
    [InlineData("state.in-memory")]
    [InlineData("state.sqlite")]
    public async Task Etags_expiry_and_transactions_follow_the_model(string type) =>
        await GenActions.SampleAsync(actions => FollowsModelAsync(type, actions), iter: 60, threads: 1);

    private static async Task FollowsModelAsync(string type, Step[][] actions)
    {
        await using var fixture = new StateStoreFixture();
        var store = await fixture.OpenAsync(type);
        var model = new Model(() => fixture.Time.GetUtcNow(), firstWriteGuardsDelete: type == "state.in-memory");
        var stale = Keys.ToDictionary(key => key, _ => "never");
        var number = 0;
        foreach (var steps in actions)
        {
            if (steps.Length == 0)
            {
                fixture.Time.Advance(TimeSpan.FromSeconds(1));
            }
            else
            {
                var operations = new List<StateOperation>();
                // Etags inside one transaction refer to before it: one operation per key.
                foreach (var step in steps.DistinctBy(step => step.Key))
                    operations.Add(await ToOperationAsync(store, stale, step, number++));
                Assert.Equal(model.Apply(operations), await TryAsync(store, operations));
            }

            foreach (var key in Keys)
            {
                var entry = await store.GetAsync(key, default);
                Assert.Equal(model.Read(key), entry is null ? null : Encoding.UTF8.GetString(entry.Value.Span));
                model.Learn(key, entry?.ETag);
            }
        }
    }

    private static async Task<StateOperation> ToOperationAsync(
        IStateStore store, Dictionary<string, string> stale, Step step, int number)
    {
        var current = (await store.GetAsync(step.Key, default))?.ETag;
        var etag = step.Etag switch
        {
            Etag.Current => current,
            Etag.Stale => stale[step.Key],
            Etag.Foreign => "abc",
            _ => null,
        };
        if (current is not null && step.Etag is Etag.None)
            stale[step.Key] = current;
        return step.Delete
            ? new StateDelete(step.Key, etag, step.Concurrency)
            : new StateUpsert(
                step.Key,
                Encoding.UTF8.GetBytes($"v{number}"),
                etag,
                step.Concurrency,
                step.TtlSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
    }

    private static async Task<bool> TryAsync(IStateStore store, List<StateOperation> operations)
    {
        try
        {
            if (operations.Count == 1)
                await store.WriteAsync(operations[0], default);
            else
                await store.TransactAsync(operations, default);
            return true;
        }
        catch (ETagMismatchException)
        {
            return false;
        }
    }

    private sealed class Model(Func<DateTimeOffset> now, bool firstWriteGuardsDelete)
    {
        private readonly Dictionary<string, (string Value, DateTimeOffset? End, string? ETag)> _entries = [];

        public string? Read(string key) =>
            _entries.TryGetValue(key, out var entry) && !(entry.End <= now()) ? entry.Value : null;

        /// <summary>Etags are the store's own invention: the model takes them over after each action.</summary>
        public void Learn(string key, string? etag)
        {
            if (!_entries.TryGetValue(key, out var entry) || etag is null)
                return;
            Assert.True(entry.ETag is null || entry.ETag == etag, "an etag changed without a write");
            _entries[key] = entry with { ETag = etag };
        }

        public bool Apply(List<StateOperation> operations)
        {
            if (!operations.TrueForAll(Allows))
                return false;
            foreach (var operation in operations)
            {
                if (operation is StateUpsert upsert)
                    _entries[upsert.Key] = (Encoding.UTF8.GetString(upsert.Value.Span), now() + upsert.Ttl, null);
                else
                    _entries.Remove(operation.Key);
            }

            return true;
        }

        private bool Allows(StateOperation operation)
        {
            var live = Read(operation.Key) is not null;
            if (operation.ETag is not null)
                return live && _entries[operation.Key].ETag == operation.ETag;
            var guarded = operation.Concurrency == StateConcurrency.FirstWrite
                && (operation is StateUpsert || firstWriteGuardsDelete);
            return !guarded || !live;
        }
    }
}
