using System.Text;
using NexusCart.Sidecar.State;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.State;

/// <summary>How a write ended.</summary>
public enum Outcome
{
    /// <summary>It was made.</summary>
    Written,

    /// <summary>409: the etag or first-write check failed.</summary>
    Mismatch,

    /// <summary>400: the etag is none of this store.</summary>
    Invalid,

    /// <summary>500.</summary>
    Failed,
}

/// <summary>Where stores differ, in Dapr and so here: a column of the comparison of its state stores.</summary>
public sealed record StateSemantics
{
    public Outcome SaveWithForeignETag { get; init; } = Outcome.Mismatch;

    public Outcome LastWriteWithStaleETag { get; init; } = Outcome.Mismatch;

    public Outcome SaveWithETagOfAbsentKey { get; init; } = Outcome.Mismatch;

    public Outcome DeleteWithETagOfAbsentKey { get; init; } = Outcome.Mismatch;

    public Outcome FirstWriteOverPlain { get; init; } = Outcome.Mismatch;

    public Outcome FirstWriteOverFirstWrite { get; init; } = Outcome.Mismatch;

    public Outcome PlainOverFirstWrite { get; init; } = Outcome.Written;

    public Outcome DeleteWithFirstWrite { get; init; } = Outcome.Written;

    public bool FailedTransactionStoresTheRest { get; init; }

    public Outcome TransactionFirstWriteOverPlain { get; init; } = Outcome.Mismatch;

    public Outcome TransactionWithETagOfAbsentKey { get; init; } = Outcome.Mismatch;

    public bool ReportsExpiry { get; init; } = true;

    public bool RewriteKeepsTtl { get; init; }

    public Outcome SaveWithETagOfExpiredKey { get; init; } = Outcome.Mismatch;

    public Outcome DeleteWithETagOfExpiredKey { get; init; } = Outcome.Mismatch;
}

/// <summary>What every state store driver must do, against the real thing; each driver has a class that runs it.</summary>
public abstract class StateStoreContract : IAsyncDisposable
{
    private readonly DriverBed _bed = new();
    private readonly string _prefix = Guid.NewGuid().ToString("N") + "||";

    protected abstract StateSemantics Semantics { get; }

    public async ValueTask DisposeAsync()
    {
        await _bed.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Any_bytes_come_back_as_they_were()
    {
        var store = await OpenAsync();
        var everyByte = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        var large = new byte[3 << 20];
        Random.Shared.NextBytes(large);
        foreach (var bytes in (byte[][])[everyByte, [], [0], "{\"ä\":\"漢\"}"u8.ToArray(), large])
        {
            await store.WriteAsync(new StateUpsert(Key("k"), bytes), default);
            Assert.Equal(bytes, (await store.GetAsync(Key("k"), default))!.Value.ToArray());
        }
    }

    [Fact]
    public async Task Any_key_holds()
    {
        var store = await OpenAsync();
        string[] keys = ["a b", "a/b", "ä漢", "a'b\"c", "[x]*?", new string('k', 3000)];
        foreach (var key in keys)
            await store.WriteAsync(new StateUpsert(Key(key), Bytes(key)), default);
        foreach (var key in keys)
            Assert.Equal(key, await ReadAsync(store, key));
    }

    [Fact]
    public async Task Reads_of_many_keys_keep_their_order()
    {
        var store = await OpenAsync();
        await SaveAsync(store, "a", "1");
        await SaveAsync(store, "c", "3");
        var hits = await store.GetManyAsync([Key("c"), Key("b"), Key("a"), Key("c")], default);
        Assert.Equal([Key("c"), Key("b"), Key("a"), Key("c")], hits.Select(hit => hit.Key));
        Assert.Equal(["3", null, "1", "3"], hits.Select(hit => hit.Entry is { } entry ? Text(entry) : null));
    }

    [Fact]
    public async Task An_etag_changes_with_each_write_and_guards_the_next()
    {
        var store = await OpenAsync();
        await SaveAsync(store, "k", "1");
        var first = (await store.GetAsync(Key("k"), default))!.ETag;
        await SaveAsync(store, "k", "2");
        var second = (await store.GetAsync(Key("k"), default))!.ETag;
        Assert.NotEqual(first, second);

        Assert.Equal(Outcome.Mismatch, await TryAsync(store, Upsert("k", "3", first)));
        Assert.Equal(Outcome.Mismatch, await TryAsync(store, Upsert("k", "3", first, StateConcurrency.FirstWrite)));
        Assert.Equal(Outcome.Mismatch, await TryAsync(store, new StateDelete(Key("k"), first)));
        Assert.Equal("2", await ReadAsync(store, "k"));
        Assert.Equal(Outcome.Written, await TryAsync(store, Upsert("k", "3", second)));
        var third = (await store.GetAsync(Key("k"), default))!.ETag;
        Assert.Equal(Outcome.Written, await TryAsync(store, new StateDelete(Key("k"), third)));
        Assert.Null(await ReadAsync(store, "k"));
        Assert.Equal(Outcome.Written, await TryAsync(store, new StateDelete(Key("k"))));
    }

    [Fact]
    public async Task Etags_that_do_not_belong_to_the_key_are_treated_as_in_dapr()
    {
        var store = await OpenAsync();
        await SaveAsync(store, "k", "1");
        var stale = (await store.GetAsync(Key("k"), default))!.ETag;
        await SaveAsync(store, "k", "2");

        Assert.Equal(Semantics.SaveWithForeignETag, await TryAsync(store, Upsert("k", "3", "abc")));
        Assert.NotEqual(Outcome.Written, await TryAsync(store, new StateDelete(Key("k"), "abc")));
        Assert.Equal("2", await ReadAsync(store, "k"));
        Assert.Equal(Semantics.LastWriteWithStaleETag, await TryAsync(store, Upsert("k", "4", stale, StateConcurrency.LastWrite)));
        Assert.Equal(Semantics.LastWriteWithStaleETag == Outcome.Written ? "4" : "2", await ReadAsync(store, "k"));
        Assert.Equal(Semantics.SaveWithETagOfAbsentKey, await TryAsync(store, Upsert("absent", "1", stale)));
        Assert.Equal(Semantics.SaveWithETagOfAbsentKey == Outcome.Written, await ReadAsync(store, "absent") is not null);
        Assert.Equal(Semantics.DeleteWithETagOfAbsentKey, await TryAsync(store, new StateDelete(Key("never"), stale)));
    }

    [Fact]
    public async Task First_write_is_treated_as_in_dapr()
    {
        var store = await OpenAsync();
        await SaveAsync(store, "plain", "1");
        Assert.Equal(Outcome.Written, await TryAsync(store, Upsert("first", "1", concurrency: StateConcurrency.FirstWrite)));

        Assert.Equal(Semantics.FirstWriteOverPlain, await TryAsync(store, Upsert("plain", "2", concurrency: StateConcurrency.FirstWrite)));
        Assert.Equal(Semantics.FirstWriteOverPlain == Outcome.Written ? "2" : "1", await ReadAsync(store, "plain"));
        Assert.Equal(Semantics.FirstWriteOverFirstWrite, await TryAsync(store, Upsert("first", "2", concurrency: StateConcurrency.FirstWrite)));
        Assert.Equal("1", await ReadAsync(store, "first"));
        Assert.Equal(Semantics.PlainOverFirstWrite, await TryAsync(store, Upsert("first", "3")));
        Assert.Equal(Semantics.PlainOverFirstWrite, await TryAsync(store, Upsert("first", "3", concurrency: StateConcurrency.LastWrite)));
        Assert.Equal(
            Semantics.DeleteWithFirstWrite, await TryAsync(store, new StateDelete(Key("first"), Concurrency: StateConcurrency.FirstWrite)));
        Assert.Equal(Outcome.Written, await TryAsync(store, new StateDelete(Key("first"))));
        Assert.Equal(Outcome.Written, await TryAsync(store, Upsert("first", "4")));
    }

    [Fact]
    public async Task One_of_many_creators_wins()
    {
        var store = await OpenAsync();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(
            () => TryAsync(store, Upsert("k", $"{i}", concurrency: StateConcurrency.FirstWrite)))));
        Assert.Single(outcomes, Outcome.Written);
        Assert.All(outcomes.Where(outcome => outcome != Outcome.Written), outcome => Assert.Equal(Semantics.FirstWriteOverFirstWrite, outcome));
    }

    [Fact]
    public async Task Optimistic_increments_lose_nothing()
    {
        var store = await OpenAsync();
        await SaveAsync(store, "n", "0");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var done = 0; done < 10;)
            {
                var entry = (await store.GetAsync(Key("n"), default))!;
                var next = int.Parse(Text(entry), null) + 1;
                if (await TryAsync(store, Upsert("n", $"{next}", entry.ETag, StateConcurrency.FirstWrite)) == Outcome.Written)
                    done++;
            }
        })));
        Assert.Equal("80", await ReadAsync(store, "n"));
    }

    [Fact]
    public async Task A_transaction_takes_its_operations_in_order()
    {
        var store = await OpenAsync();
        await SaveAsync(store, "b", "1");
        await store.TransactAsync([], default);
        await store.TransactAsync(
            [Upsert("a", "1"), Upsert("a", "2"), new StateDelete(Key("b")), new StateDelete(Key("absent")), Upsert("a", "3")], default);
        Assert.Equal("3", await ReadAsync(store, "a"));
        Assert.Null(await ReadAsync(store, "b"));

        await store.TransactAsync([.. Enumerable.Range(0, 5000).Select(i => Upsert($"many-{i}", $"{i}"))], default);
        Assert.Equal("4999", await ReadAsync(store, "many-4999"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_transaction_with_a_stale_etag_fails(int position)
    {
        var store = await OpenAsync();
        await SaveAsync(store, "k", "1");
        var stale = (await store.GetAsync(Key("k"), default))!.ETag;
        await SaveAsync(store, "k", "2");
        List<StateOperation> operations = [Upsert("a", "1"), Upsert("b", "1")];
        operations.Insert(position, Upsert("k", "3", stale));

        Assert.Equal(Outcome.Mismatch, await TryAllAsync(store, [.. operations]));

        Assert.Equal("2", await ReadAsync(store, "k"));
        var rest = Semantics.FailedTransactionStoresTheRest ? "1" : null;
        Assert.Equal(rest, await ReadAsync(store, "a"));
        Assert.Equal(rest, await ReadAsync(store, "b"));
    }

    [Fact]
    public async Task Checks_inside_a_transaction_are_made_as_in_dapr()
    {
        var store = await OpenAsync();
        await SaveAsync(store, "plain", "1");
        var etag = (await store.GetAsync(Key("plain"), default))!.ETag;

        Assert.Equal(
            Semantics.TransactionFirstWriteOverPlain,
            await TryAllAsync(store, Upsert("plain", "2", concurrency: StateConcurrency.FirstWrite), Upsert("x", "1")));
        Assert.Equal(Semantics.TransactionFirstWriteOverPlain == Outcome.Written ? "2" : "1", await ReadAsync(store, "plain"));
        Assert.Equal(Semantics.TransactionWithETagOfAbsentKey, await TryAllAsync(store, Upsert("absent", "1", etag), Upsert("y", "1")));
        Assert.Equal(Semantics.TransactionWithETagOfAbsentKey == Outcome.Written, await ReadAsync(store, "absent") is not null);
    }

    [Fact]
    public async Task A_time_to_live_ends_a_key()
    {
        var store = await OpenAsync();
        var second = TimeSpan.FromSeconds(1);
        await store.WriteAsync(new StateUpsert(Key("k"), Bytes("1"), Ttl: second), default);
        await store.TransactAsync([new StateUpsert(Key("t"), Bytes("1"), Ttl: second)], default);
        var entry = (await store.GetAsync(Key("k"), default))!;
        Assert.Equal(Semantics.ReportsExpiry, entry.ExpiresAt is not null);

        await EndedAsync(store, "k", "t");

        Assert.Equal(Semantics.SaveWithETagOfExpiredKey, await TryAsync(store, Upsert("k", "2", entry.ETag)));
        await store.WriteAsync(new StateUpsert(Key("d"), Bytes("1"), Ttl: second), default);
        var deleted = (await store.GetAsync(Key("d"), default))!;
        await EndedAsync(store, "d");
        Assert.Equal(Semantics.DeleteWithETagOfExpiredKey, await TryAsync(store, new StateDelete(Key("d"), deleted.ETag)));
        Assert.Equal(Outcome.Written, await TryAsync(store, Upsert("t", "3", concurrency: StateConcurrency.FirstWrite)));
    }

    [Fact]
    public async Task A_rewrite_says_what_becomes_of_the_time_to_live()
    {
        var store = await OpenAsync();
        var second = TimeSpan.FromSeconds(1);
        foreach (var key in (string[])["rewritten", "ended", "renewed", "witness"])
            await store.WriteAsync(new StateUpsert(Key(key), Bytes("1"), Ttl: second), default);
        await store.WriteAsync(Upsert("rewritten", "2"), default);
        await store.WriteAsync(new StateUpsert(Key("ended"), Bytes("2"), EndsTtl: true), default);
        await store.WriteAsync(new StateUpsert(Key("renewed"), Bytes("2"), Ttl: TimeSpan.FromHours(1)), default);

        await EndedAsync(store, "witness");

        Assert.Equal("2", await ReadAsync(store, "ended"));
        Assert.Equal("2", await ReadAsync(store, "renewed"));
        if (Semantics.RewriteKeepsTtl)
            await EndedAsync(store, "rewritten");
        else
            Assert.Equal("2", await ReadAsync(store, "rewritten"));
    }

    [Fact]
    public async Task Keys_are_listed_by_prefix_in_order_and_in_pages()
    {
        var store = await OpenAsync();
        foreach (var key in (string[])["p||c", "p||a", "p||b", "p", "q||a", "p*||x", "P||a"])
            await SaveAsync(store, key, "1");
        await SaveAsync(store, "p||gone", "1");
        await store.WriteAsync(new StateDelete(Key("p||gone")), default);

        var scanner = (IStateKeyScanner)store;
        Assert.Equal([Key("p||a"), Key("p||b"), Key("p||c")], await scanner.ScanKeysAsync(Key("p||"), null, 10, default));
        Assert.Equal([Key("p||b"), Key("p||c")], await scanner.ScanKeysAsync(Key("p||"), Key("p||a"), 2, default));
        Assert.Equal([Key("p||b")], await scanner.ScanKeysAsync(Key("p||"), Key("p||a"), 1, default));
        Assert.Empty(await scanner.ScanKeysAsync(Key("p_"), null, 10, default));
        Assert.Equal([Key("p*||x")], await scanner.ScanKeysAsync(Key("p*"), null, 10, default));
    }

    internal abstract ValueTask<DriverSpec> SpecAsync();

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected static string Text(StateEntry entry) => Encoding.UTF8.GetString(entry.Value.Span);

    protected string Key(string key) => _prefix + key;

    protected async Task<IStateStore> OpenAsync() => await _bed.OpenAsync<IStateStore>(await SpecAsync());

    protected async Task<string?> ReadAsync(IStateStore store, string key) =>
        await store.GetAsync(Key(key), default) is { } entry ? Text(entry) : null;

    protected Task SaveAsync(IStateStore store, string key, string value) => store.WriteAsync(Upsert(key, value), default).AsTask();

    protected StateUpsert Upsert(string key, string value, string? etag = null, StateConcurrency concurrency = StateConcurrency.Unspecified) =>
        new(Key(key), Bytes(value), etag, concurrency);

    private static Task<Outcome> TryAsync(IStateStore store, StateOperation operation) =>
        OutcomeOfAsync(() => store.WriteAsync(operation, default));

    private static Task<Outcome> TryAllAsync(IStateStore store, params StateOperation[] operations) =>
        OutcomeOfAsync(() => store.TransactAsync(operations, default));

    private static async Task<Outcome> OutcomeOfAsync(Func<ValueTask> write)
    {
        try
        {
            await write();
            return Outcome.Written;
        }
        catch (ETagMismatchException)
        {
            return Outcome.Mismatch;
        }
        catch (InvalidETagException)
        {
            return Outcome.Invalid;
        }
        catch (InvalidOperationException)
        {
            return Outcome.Failed;
        }
    }

    private async Task EndedAsync(IStateStore store, params string[] keys)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        foreach (var key in keys)
        {
            while (await ReadAsync(store, key) is not null)
                await Task.Delay(50, limit.Token);
        }
    }
}
