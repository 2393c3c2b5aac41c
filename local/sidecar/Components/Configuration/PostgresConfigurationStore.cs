using System.Text.Json;
using System.Text.RegularExpressions;
using NexusCart.Sidecar.Components.Postgres;
using NexusCart.Sidecar.Configuration;
using Npgsql;

namespace NexusCart.Sidecar.Components.Configuration;

/// <summary>
/// <c>configuration.postgresql</c> (<c>configuration.postgres</c> is the same): a table (<c>table</c>) with the columns key, value,
/// version and metadata. Subscribers name the channel that the table's trigger notifies (<c>pgNotifyChannel</c>); a key that is
/// deleted comes with its last value, as in Dapr. Table and trigger are made by whoever owns the database.
/// </summary>
internal sealed partial class PostgresConfigurationStore(ComponentContext context) : IConfigurationStore
{
    private const int LongestName = 64;
    private NpgsqlDataSource _source = null!;
    private string _table = "";

    /// <inheritdoc/>
    public async Task InitAsync(CancellationToken cancellation)
    {
        _table = context.Spec.Required("table");
        if (!Allowed().IsMatch(_table) || _table.Length > LongestName)
            throw ComponentSettings.Invalid(context.Spec, "table", $"is no table name: '{_table}'");
        _source = context.Spec.ToDataSource();
        await using var command = _source.CreateCommand("SELECT EXISTS (SELECT FROM pg_tables WHERE tablename = $1)");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = _table });
        if (await command.ExecuteScalarAsync(cancellation) is not true)
            throw new InvalidOperationException($"postgreSQL configuration table - '{_table}' does not exist");
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<string, ConfigurationItem>> GetAsync(
        IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellation)
    {
        if (keys.FirstOrDefault(key => !Allowed().IsMatch(key)) is { } wrong)
            throw new ArgumentException($"invalid key : '{wrong}'");
        await using var command = _source.CreateCommand(
            $"SELECT key, value, version, metadata::text FROM {_table}" + (keys.Count == 0 ? "" : " WHERE key = ANY($1)"));
        if (keys.Count > 0)
            command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. keys] });
        var items = new Dictionary<string, ConfigurationItem>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            items[reader.GetString(0)] = new ConfigurationItem(reader.GetString(1), reader.GetString(2), MetadataOf(reader.IsDBNull(3) ? null : reader.GetString(3)));
        return items;
    }

    /// <inheritdoc/>
    public async Task<IAsyncDisposable> SubscribeAsync(
        IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, ConfigurationListener listener, CancellationToken cancellation)
    {
        var channel = metadata.FirstOrDefault(item => item.Key.Equals("pgNotifyChannel", StringComparison.OrdinalIgnoreCase)).Value;
        if (string.IsNullOrEmpty(channel))
            throw new ArgumentException($"unable to subscribe to '{_table}'.pgNotifyChannel attribute cannot be empty");
        if (!ChannelName().IsMatch(channel))
            throw new ArgumentException($"pgNotifyChannel '{channel}' is no name of a channel");
        var watch = new PostgresConfigurationWatch(_source, channel, keys.ToHashSet(StringComparer.Ordinal), listener, context.Logger);
        await watch.StartAsync(cancellation);
        return watch;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _source?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static Dictionary<string, string> MetadataOf(string? json) =>
        json is null ? [] : JsonSerializer.Deserialize<Dictionary<string, string>>(json) ?? [];

    [GeneratedRegex("^[a-zA-Z0-9./_]*$")]
    private static partial Regex Allowed();

    [GeneratedRegex("^[a-zA-Z_][a-zA-Z0-9_]*$")]
    private static partial Regex ChannelName();
}
