using System.Text;
using NexusCart.Sidecar.Components.Postgres;
using NexusCart.Sidecar.Components.State;
using NexusCart.Sidecar.State;
using NexusCart.Tests.Servers;
using NexusCart.Tests.Sidecar.Infrastructure;
using Npgsql;

namespace NexusCart.Tests.Sidecar.State;

/// <summary>The contract on <c>state.postgresql</c> v2 and a real server.</summary>
public sealed class PostgresStateStoreContractTests(SharedServer<PostgresServer> server) : StateStoreContract, IClassFixture<SharedServer<PostgresServer>>
{
    protected override StateSemantics Semantics { get; } = new()
    {
        FirstWriteOverPlain = Outcome.Failed,
        FirstWriteOverFirstWrite = Outcome.Failed,
        DeleteWithETagOfExpiredKey = Outcome.Written,
    };

    internal override async ValueTask<DriverSpec> SpecAsync()
    {
        Assert.SkipWhen(PostgresServer.Missing is not null, PostgresServer.Missing ?? "");
        return new DriverSpec("state.postgresql", ("connectionString", (await server.StartedAsync()).ConnectionString)) { Version = "v2" };
    }
}

/// <summary>What only PostgreSQL has: its layout, and its server that goes and comes.</summary>
public sealed class PostgresStateStoreTests(SharedServer<PostgresServer> shared) : IAsyncLifetime, IClassFixture<SharedServer<PostgresServer>>
{
    private readonly DriverBed _bed = new();
    private PostgresServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(PostgresServer.Missing is not null, PostgresServer.Missing ?? "");
        _server = await shared.StartedAsync();
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Fact]
    public async Task It_reads_what_dapr_wrote_and_writes_what_dapr_reads()
    {
        // The table as Dapr 1.18 leaves it, with the column that its second migration adds.
        await _server.RunSqlAsync("""
            CREATE TABLE made_metadata (key text NOT NULL PRIMARY KEY, value text NOT NULL);
            INSERT INTO made_metadata VALUES ('migrations-state-v2-made_', '2');
            CREATE TABLE made_state (
              key text NOT NULL PRIMARY KEY, value bytea NOT NULL, etag uuid NOT NULL DEFAULT gen_random_uuid(),
              created_at timestamp with time zone NOT NULL DEFAULT now(), updated_at timestamp with time zone,
              expires_at timestamp with time zone, row_id bigint GENERATED ALWAYS AS IDENTITY);
            INSERT INTO made_state (key, value, etag) VALUES ('app||k', '"by hand"', '0190d3f0-0000-7000-8000-000000000001');
            INSERT INTO made_state (key, value, expires_at) VALUES ('app||gone', '1', now() - interval '1 second')
            """);
        var store = await OpenAsync(("tablePrefix", "made_"), ("metadataTableName", "made_metadata"));

        var entry = (await store.GetAsync("app||k", default))!;
        Assert.Equal(("\"by hand\"", "0190d3f0-0000-7000-8000-000000000001"), (Text(entry), entry.ETag));
        Assert.Null(await store.GetAsync("app||gone", default));

        await store.WriteAsync(new StateUpsert("app||k", Bytes("{\"a\":1}"), entry.ETag, Ttl: TimeSpan.FromMinutes(1)), default);
        await store.WriteAsync(new StateUpsert("app||new", new byte[] { 0, 255 }), default);
        Assert.Equal("{\"a\":1}", await _server.RunSqlAsync("SELECT convert_from(value, 'UTF8') FROM made_state WHERE key = 'app||k' AND updated_at IS NOT NULL"));
        Assert.Equal(true, await _server.RunSqlAsync("SELECT expires_at BETWEEN now() + interval '50 s' AND now() + interval '60 s' FROM made_state WHERE key = 'app||k'"));
        Assert.Equal("00ff", await _server.RunSqlAsync("SELECT encode(value, 'hex') FROM made_state WHERE key = 'app||new' AND expires_at IS NULL"));
        Assert.Equal("2", await _server.RunSqlAsync("SELECT value FROM made_metadata WHERE key = 'migrations-state-v2-made_'"));
    }

    [Fact]
    public async Task The_table_is_made_once_also_by_many_and_dapr_is_told()
    {
        var stores = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => OpenElsewhereAsync(("tablePrefix", "many_"), ("metadataTableName", "many_metadata"))));
        foreach (var bed in stores)
            await bed.DisposeAsync();
        Assert.Equal("1", await _server.RunSqlAsync("SELECT value FROM many_metadata WHERE key = 'migrations-state-v2-many_'"));
        Assert.Equal(0L, await _server.RunSqlAsync("SELECT count(*) FROM many_state"));
    }

    [Fact]
    public async Task Expired_rows_are_removed_once_an_interval()
    {
        var store = (PostgresStateStore)await OpenAsync(("tablePrefix", "clean_"), ("cleanupInterval", "1h"));
        await store.WriteAsync(new StateUpsert("stays", Bytes("1")), default);
        await _server.RunSqlAsync("INSERT INTO clean_state (key, value, expires_at) VALUES ('gone', '1', now() - interval '1 second')");
        await store.CleanUpAsync(TimeSpan.FromHours(1), default);
        Assert.Equal("stays", await _server.RunSqlAsync("SELECT string_agg(key, ',') FROM clean_state"));

        await _server.RunSqlAsync("INSERT INTO clean_state (key, value, expires_at) VALUES ('gone', '1', now() - interval '1 second')");
        await store.CleanUpAsync(TimeSpan.FromHours(1), default);
        Assert.Equal(2L, await _server.RunSqlAsync("SELECT count(*) FROM clean_state"));
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_the_server_was_killed_and_the_store_comes_back_by_itself()
    {
        var store = await OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => store.WriteAsync(new StateUpsert($"k{i}", Bytes($"{i}")), default).AsTask()));
        await store.TransactAsync([.. Enumerable.Range(50, 50).Select(i => new StateUpsert($"k{i}", Bytes($"{i}")))], default);
        await _server.KillAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(async () => await store.GetAsync("k1", default));
        await _server.StartAsync();

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await AnswersAsync(store))
            await Task.Delay(100, limit.Token);
        var hits = await store.GetManyAsync([.. Enumerable.Range(0, 100).Select(i => $"k{i}")], default);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), hits.Select(hit => Text(hit.Entry!)));
    }

    [Fact]
    public async Task Version_1_and_names_that_are_none_are_refused()
    {
        await Assert.ThrowsAsync<NotSupportedException>(() => _bed.OpenAsync<IStateStore>(Spec() with { Version = "v1" }));
        await Assert.ThrowsAsync<ArgumentException>(() => OpenAsync(("tablePrefix", "x; DROP TABLE y; --")));
    }

    [Theory]
    [InlineData("host=db port=5433 user=me password='it''s' database=shop sslmode=require pool_max_conns=16", false)]
    [InlineData("host = db port=5433  user=me password='it\\'s' dbname=shop sslmode=require pool_max_conns=16 pool_max_conn_lifetime=1h", true)]
    [InlineData("postgres://me:it%27s@db:5433/shop?sslmode=require&pool_max_conns=16", true)]
    [InlineData("host=db port=x", false)]
    [InlineData("host=db nonsense=1", false)]
    [InlineData("host=db password='open", false)]
    [InlineData("host", false)]
    public void Connection_strings_are_read_as_dapr_reads_them(string text, bool isRight)
    {
        if (!isRight)
        {
            Assert.Throws<FormatException>(() => PostgresConnectionString.Parse(text));
            return;
        }

        var parsed = PostgresConnectionString.Parse(text);
        Assert.Equal(("db", 5433, "me", "it's", "shop"), (parsed.Host, parsed.Port, parsed.Username, parsed.Password, parsed.Database));
        Assert.Equal((SslMode.Require, 16), (parsed.SslMode, parsed.MaxPoolSize));
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(StateEntry entry) => Encoding.UTF8.GetString(entry.Value.Span);

    private static async Task<bool> AnswersAsync(IStateStore store)
    {
        try
        {
            await store.GetAsync("k1", default);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private DriverSpec Spec(params (string Name, string Value)[] settings) =>
        new("state.postgresql", [("connectionString", _server.ConnectionString), .. settings]) { Version = "v2" };

    private Task<IStateStore> OpenAsync(params (string Name, string Value)[] settings) => _bed.OpenAsync<IStateStore>(Spec(settings));

    private async Task<DriverBed> OpenElsewhereAsync(params (string Name, string Value)[] settings)
    {
        var bed = new DriverBed();
        await bed.OpenAsync<IStateStore>(Spec(settings));
        return bed;
    }
}
