using NexusCart.Sidecar.Configuration;
using NexusCart.Tests.Servers;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.Configuration;

/// <summary>The contract on <c>configuration.postgresql</c> and a real server, and what only that has.</summary>
public sealed class PostgresConfigurationStoreTests(SharedServer<PostgresServer> server)
    : ConfigurationStoreContract, IClassFixture<SharedServer<PostgresServer>>
{
    // What Dapr's documents have the owner of the database set up.
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS configuration (key varchar NOT NULL, value varchar NOT NULL, version varchar NOT NULL, metadata json);
        CREATE OR REPLACE FUNCTION configuration_event() RETURNS trigger AS $$
        BEGIN
          PERFORM pg_notify('config', json_build_object('table', TG_TABLE_NAME, 'action', TG_OP,
            'data', CASE TG_OP WHEN 'DELETE' THEN row_to_json(OLD) ELSE row_to_json(NEW) END)::text);
          RETURN NULL;
        END $$ LANGUAGE plpgsql;
        CREATE OR REPLACE TRIGGER configuration_changed AFTER INSERT OR UPDATE OR DELETE ON configuration
          FOR EACH ROW EXECUTE PROCEDURE configuration_event();
        """;

    protected override IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string> { ["pgNotifyChannel"] = "config" };

    protected override (string Value, string Version) Deleted => ("last", "9");

    [Fact]
    public async Task Metadata_of_a_row_are_those_of_the_item()
    {
        var spec = await SpecAsync();
        await using var bed = new DriverBed();
        var store = await bed.OpenAsync<IConfigurationStore>(spec);
        await (await server.StartedAsync()).RunSqlAsync("INSERT INTO configuration VALUES ('with_metadata', 'blue', '1', '{\"by\": \"ops\"}')");
        var item = (await store.GetAsync(["with_metadata"], new Dictionary<string, string>(), default))["with_metadata"];
        Assert.Equal("ops", Assert.Single(item.Metadata, pair => pair.Key == "by").Value);
    }

    [Fact]
    public async Task What_is_no_name_and_a_table_that_is_missing_are_refused()
    {
        var spec = await SpecAsync();
        await using var bed = new DriverBed();
        var store = await bed.OpenAsync<IConfigurationStore>(spec);
        var nothing = new Dictionary<string, string>();
        await Assert.ThrowsAsync<ArgumentException>(async () => await store.GetAsync(["a;b"], nothing, default));
        await Assert.ThrowsAsync<ArgumentException>(() => store.SubscribeAsync([], nothing, _ => { }, default));
        await Assert.ThrowsAsync<ArgumentException>(
            () => store.SubscribeAsync([], new Dictionary<string, string> { ["pgNotifyChannel"] = "a; DROP" }, _ => { }, default));
        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => bed.OpenAsync<IConfigurationStore>(spec with { Metadata = [spec.Metadata[0], ("table", "none")] }));
        Assert.Equal("postgreSQL configuration table - 'none' does not exist", error.Message);
    }

    [Fact]
    public async Task A_subscription_goes_on_after_the_server_was_killed()
    {
        var spec = await SpecAsync();
        await using var own = new PostgresServer();
        await own.StartAsync();
        await own.RunSqlAsync(Schema);
        await using var bed = new DriverBed();
        var store = await bed.OpenAsync<IConfigurationStore>(spec with { Metadata = [("connectionString", own.ConnectionString), ("table", "configuration")] });
        var heard = 0;
        await using var subscription = await store.SubscribeAsync([], Metadata, _ => Interlocked.Increment(ref heard), default);
        await own.KillAsync();
        await own.StartAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (Volatile.Read(ref heard) == 0)
        {
            await own.RunSqlAsync("INSERT INTO configuration VALUES ('k', '1', '1', NULL)");
            await Task.Delay(100, limit.Token);
        }
    }

    internal override async ValueTask<DriverSpec> SpecAsync()
    {
        Assert.SkipWhen(PostgresServer.Missing is not null, PostgresServer.Missing ?? "");
        var running = await server.StartedAsync();
        await running.RunSqlAsync(Schema);
        return new DriverSpec("configuration.postgresql", ("connectionString", running.ConnectionString), ("table", "configuration"));
    }

    protected override async Task SetAsync(string key, string value, string version) => await (await server.StartedAsync()).RunSqlAsync($"""
        DO $$ BEGIN
          UPDATE configuration SET value = '{value}', version = '{version}' WHERE key = '{key}';
          IF NOT FOUND THEN INSERT INTO configuration VALUES ('{key}', '{value}', '{version}', NULL); END IF;
        END $$
        """);

    protected override async Task DeleteAsync(string key) =>
        await (await server.StartedAsync()).RunSqlAsync($"DELETE FROM configuration WHERE key = '{key}'");
}
