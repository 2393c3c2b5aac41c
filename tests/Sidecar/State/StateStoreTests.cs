using System.Text;
using CsCheck;
using NexusCart.Sidecar.Components.State;
using NexusCart.Sidecar.State;

namespace NexusCart.Tests.Sidecar.State;

public sealed class StateStoreTests
{
    public static TheoryData<string> Types => ["state.in-memory", "state.sqlite"];

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Any_bytes_come_back_as_they_were(string type)
    {
        await using var fixture = new StateStoreFixture();
        var store = await fixture.OpenAsync(type);
        await Gen.Byte.Array[0, 300].SampleAsync(
            async bytes =>
            {
                await store.WriteAsync(new StateUpsert("k", bytes), default);
                var entry = await store.GetAsync("k", default);
                return entry is not null && entry.Value.Span.SequenceEqual(bytes);
            },
            iter: 200,
            threads: 1);

        foreach (var text in (string[])["", "{\"ä\":\"漢\"}", "a\0b", "\uFEFFx"])
        {
            await store.WriteAsync(new StateUpsert("k", Encoding.UTF8.GetBytes(text)), default);
            Assert.Equal(text, Encoding.UTF8.GetString((await store.GetAsync("k", default))!.Value.Span));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task One_of_many_creators_wins(string type)
    {
        await using var fixture = new StateStoreFixture();
        var store = await fixture.OpenAsync(type);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => TryAsync(
            store.WriteAsync(new StateUpsert("k", Bytes($"{i}"), Concurrency: StateConcurrency.FirstWrite), default)))));
        Assert.Single(outcomes, won => won);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Optimistic_increments_lose_nothing(string type)
    {
        await using var fixture = new StateStoreFixture();
        var store = await fixture.OpenAsync(type);
        await store.WriteAsync(new StateUpsert("n", Bytes("0")), default);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var done = 0; done < 10;)
            {
                var entry = (await store.GetAsync("n", default))!;
                var next = int.Parse(Encoding.UTF8.GetString(entry.Value.Span), null) + 1;
                if (await TryAsync(store.WriteAsync(
                    new StateUpsert("n", Bytes($"{next}"), entry.ETag, StateConcurrency.FirstWrite), default)))
                    done++;
            }
        })));
        Assert.Equal("80", Encoding.UTF8.GetString((await store.GetAsync("n", default))!.Value.Span));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task A_transaction_is_all_or_nothing(string type)
    {
        await using var fixture = new StateStoreFixture();
        var store = await fixture.OpenAsync(type);
        await store.WriteAsync(new StateUpsert("a", Bytes("1")), default);
        await store.WriteAsync(new StateUpsert("b", Bytes("1")), default);

        var error = await Assert.ThrowsAsync<ETagMismatchException>(async () => await store.TransactAsync(
            [new StateUpsert("a", Bytes("2")), new StateDelete("b"), new StateUpsert("c", Bytes("2")), new StateDelete("a", "stale")],
            default));

        Assert.Equal("a", error.Key);
        var hits = await store.GetManyAsync(["b", "c", "a"], default);
        Assert.Equal(["b", "c", "a"], hits.Select(hit => hit.Key));
        Assert.Equal(["1", null, "1"], hits.Select(Text));

        await store.TransactAsync(
            [new StateUpsert("a", Bytes("2")), new StateUpsert("a", Bytes("3")), new StateDelete("b"), new StateDelete("absent")],
            default);
        Assert.Equal(["3", null], (await store.GetManyAsync(["a", "b"], default)).Select(Text));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task An_entry_with_a_time_to_live_ends(string type)
    {
        await using var fixture = new StateStoreFixture();
        var store = await fixture.OpenAsync(type);
        var start = fixture.Time.GetUtcNow();
        await store.WriteAsync(new StateUpsert("k", Bytes("1"), Ttl: TimeSpan.FromSeconds(10)), default);
        await store.WriteAsync(new StateUpsert("renewed", Bytes("1"), Ttl: TimeSpan.FromSeconds(10)), default);
        await store.WriteAsync(new StateUpsert("renewed", Bytes("2")), default);
        var entry = (await store.GetAsync("k", default))!;
        Assert.Equal(start.AddSeconds(10), entry.ExpiresAt);

        fixture.Time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.NotNull(await store.GetAsync("k", default));
        fixture.Time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Null(await store.GetAsync("k", default));
        Assert.Equal("2", Text((await store.GetManyAsync(["renewed"], default))[0]));
        Assert.Empty(await ((IStateKeyScanner)store).ScanKeysAsync("k", null, 10, default));
        await Assert.ThrowsAsync<ETagMismatchException>(
            async () => await store.WriteAsync(new StateUpsert("k", Bytes("2"), entry.ETag), default));
        await Assert.ThrowsAsync<ETagMismatchException>(
            async () => await store.WriteAsync(new StateDelete("k", entry.ETag), default));
        await store.WriteAsync(new StateUpsert("k", Bytes("3"), Concurrency: StateConcurrency.FirstWrite), default);
        Assert.Equal("3", Text((await store.GetManyAsync(["k"], default))[0]));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Keys_are_listed_by_prefix_in_order_and_in_pages(string type)
    {
        await using var fixture = new StateStoreFixture();
        var store = await fixture.OpenAsync(type);
        foreach (var key in (string[])["p||c", "p||a", "p||b", "p", "q||a", "o||z", "p||ä"])
            await store.WriteAsync(new StateUpsert(key, Bytes("1")), default);

        var scanner = (IStateKeyScanner)store;
        Assert.Equal(["p||a", "p||b", "p||c", "p||ä"], await scanner.ScanKeysAsync("p||", null, 10, default));
        Assert.Equal(["p||b", "p||c"], await scanner.ScanKeysAsync("p||", "p||a", 2, default));
        Assert.Empty(await scanner.ScanKeysAsync("x", null, 10, default));
        Assert.Equal(7, (await scanner.ScanKeysAsync("", null, 10, default)).Count);
    }

    [Fact]
    public async Task Sqlite_keeps_what_was_written_over_a_restart_and_removes_what_expired()
    {
        await using var fixture = new StateStoreFixture();
        var store = await fixture.OpenAsync("state.sqlite");
        await store.WriteAsync(new StateUpsert("k", Bytes("1")), default);
        for (var i = 0; i < 1200; i++)
            _ = store.WriteAsync(new StateUpsert($"t{i}", Bytes("1"), Ttl: TimeSpan.FromSeconds(1)), default).AsTask();
        await store.WriteAsync(new StateDelete("nothing"), default);
        await fixture.RestartAsync();

        store = await fixture.OpenAsync("state.sqlite");
        Assert.Equal("1", Text((await store.GetManyAsync(["k"], default))[0]));
        fixture.Time.Advance(TimeSpan.FromSeconds(2));
        await ((SqliteStateStore)store).CleanUpAsync(default);
        Assert.Equal(1, SqliteFile.Scalar(fixture.File("state.db"), "SELECT count(*) FROM state"));
    }

    [Fact]
    public async Task Sqlite_components_of_one_file_share_the_table_and_memory_is_never_shared()
    {
        await using var fixture = new StateStoreFixture();
        foreach (var (type, shared) in new[] { ("state.sqlite", true), ("state.in-memory", false) })
        {
            var one = await fixture.OpenAsync(type);
            var other = await fixture.OpenAsync(type);
            await one.WriteAsync(new StateUpsert("k", Bytes("1")), default);
            Assert.Equal(shared, await other.GetAsync("k", default) is not null);
        }
    }

    [Fact]
    public async Task Sqlite_keeps_text_readable_in_the_layout_of_dapr()
    {
        await using var fixture = new StateStoreFixture();
        var store = await fixture.OpenAsync("state.sqlite", ("tableName", "things"), ("metadataTableName", "meta"));
        await store.WriteAsync(new StateUpsert("text", Bytes("{\"a\":1}"), Ttl: TimeSpan.FromMinutes(1)), default);
        await store.WriteAsync(new StateUpsert("binary", new byte[] { 0xFF, 0, 1 }), default);
        var file = fixture.File("state.db");

        Assert.Equal("{\"a\":1}", SqliteFile.Scalar(file, "SELECT value FROM things WHERE key = 'text' AND is_binary = 0"));
        Assert.Equal("/wAB", SqliteFile.Scalar(file, "SELECT value FROM things WHERE key = 'binary' AND is_binary = 1"));
        Assert.Equal("2030-01-01 12:01:00.000", SqliteFile.Scalar(file, "SELECT expiration_time FROM things WHERE key = 'text'"));
        Assert.Equal("1", SqliteFile.Scalar(file, "SELECT value FROM meta WHERE key = 'migrations'"));
    }

    [Fact]
    public async Task A_row_that_dapr_wrote_is_read()
    {
        await using var fixture = new StateStoreFixture();
        var store = await fixture.OpenAsync("state.sqlite");
        SqliteFile.Scalar(fixture.File("state.db"), """
            INSERT INTO state (key, value, is_binary, etag, expiration_time, update_time) VALUES
            ('a', '"x"', false, 'e1', NULL, CURRENT_TIMESTAMP), ('b', 'AAE=', true, 'e2', '2030-01-01 12:00:05', CURRENT_TIMESTAMP)
            """);

        Assert.Equal("\"x\"", Text((await store.GetManyAsync(["a"], default))[0]));
        var entry = await store.GetAsync("b", default);
        Assert.Equal([0, 1], entry!.Value.ToArray());
        Assert.Equal(fixture.Time.GetUtcNow().AddSeconds(5), entry.ExpiresAt);
        fixture.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Null(await store.GetAsync("b", default));
    }

    [Fact]
    public async Task A_table_name_that_is_none_is_refused()
    {
        await using var fixture = new StateStoreFixture();
        var error = await Assert.ThrowsAsync<ArgumentException>(
            () => fixture.OpenAsync("state.sqlite", ("tableName", "x; DROP TABLE y")));
        Assert.Contains("no table name", error.Message, StringComparison.Ordinal);
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string? Text(StateHit hit) => hit.Entry is { } entry ? Encoding.UTF8.GetString(entry.Value.Span) : null;

    private static async Task<bool> TryAsync(ValueTask write)
    {
        try
        {
            await write;
            return true;
        }
        catch (ETagMismatchException)
        {
            return false;
        }
    }
}
