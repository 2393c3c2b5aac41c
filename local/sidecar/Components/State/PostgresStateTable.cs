using NexusCart.Sidecar.State;
using Npgsql;
using NpgsqlTypes;

namespace NexusCart.Sidecar.Components.State;

/// <summary>The statements of <c>state.postgresql</c> v2 on Dapr's table: key, value as bytes, etag as a random uuid, times.</summary>
internal sealed class PostgresStateTable(string prefix, string metadataTable)
{
    private const string IsLive = "(expires_at IS NULL OR expires_at >= now())";

    // What Dapr writes down about the layout; the first one is this.
    private const string LayoutVersion = "1";

    private readonly string _table = prefix + "state";

    public string Select { get; } = $"SELECT value, etag::text, expires_at FROM {prefix}state WHERE key = $1 AND {IsLive}";

    public string SelectMany { get; } = $"SELECT key, value, etag::text, expires_at FROM {prefix}state WHERE key = ANY($1) AND {IsLive}";

    /// <summary>Prefix, key to begin after, count. The order is that of bytes.</summary>
    public string Scan { get; } = $"""
        SELECT key FROM {prefix}state WHERE starts_with(key, $1) AND key COLLATE "C" > $2 AND {IsLive} ORDER BY key COLLATE "C" LIMIT $3
        """;

    /// <summary>Interval in milliseconds; writes down that it was done unless another process has within the interval.</summary>
    public string ClaimCleanup { get; } = $"""
        INSERT INTO {metadataTable} AS m (key, value) VALUES ('last-cleanup-state-v2-{prefix}', now()::text)
        ON CONFLICT (key) DO UPDATE SET value = now()::text
        WHERE extract(epoch FROM now() - m.value::timestamp with time zone) * 1000 > $1
        """;

    public string DeleteExpired { get; } = $"DELETE FROM {prefix}state WHERE expires_at < now()";

    private string Upsert => $"""
        INSERT INTO {_table} AS t (key, value, etag, expires_at) VALUES ($1, $2, gen_random_uuid(), now() + $3)
        ON CONFLICT (key) DO UPDATE SET value = $2, updated_at = now(), etag = gen_random_uuid(), expires_at = now() + $3
        """;

    // A row that expired and was not removed yet is none.
    private string Insert => Upsert + " WHERE t.expires_at < now()";

    private string Update => $"""
        UPDATE {_table} SET value = $2, updated_at = now(), etag = gen_random_uuid(), expires_at = now() + $3
        WHERE key = $1 AND etag = $4 AND {IsLive}
        """;

    /// <summary>Makes the tables where they are not there yet.</summary>
    public async Task CreateAsync(NpgsqlDataSource source, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        // Sidecars that start together must not make the same table twice.
        await using var command = new NpgsqlCommand(
            $"""
             SELECT pg_advisory_xact_lock(hashtext('{metadataTable}'));
             CREATE TABLE IF NOT EXISTS {metadataTable} (key text NOT NULL PRIMARY KEY, value text NOT NULL);
             CREATE TABLE IF NOT EXISTS {_table} (
               key text NOT NULL PRIMARY KEY,
               value bytea NOT NULL,
               etag uuid NOT NULL DEFAULT gen_random_uuid(),
               created_at timestamp with time zone NOT NULL DEFAULT now(),
               updated_at timestamp with time zone,
               expires_at timestamp with time zone);
             CREATE INDEX IF NOT EXISTS {_table.Replace('.', '_')}_expires_at_idx ON {_table} (expires_at);
             INSERT INTO {metadataTable} (key, value) VALUES ('migrations-state-v2-{prefix}', '{LayoutVersion}') ON CONFLICT (key) DO NOTHING
             """,
            connection,
            transaction);
        await command.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>The statement of a write; it changes one row, or else it is refused (but for a delete without etag).</summary>
    /// <exception cref="ETagMismatchException">The etag cannot be one of this store.</exception>
    public NpgsqlBatchCommand ToCommand(StateOperation operation)
    {
        Guid? etag = null;
        if (!string.IsNullOrEmpty(operation.ETag))
            etag = Guid.TryParse(operation.ETag, out var parsed) ? parsed : throw new ETagMismatchException(operation.Key, "invalid UUID");
        var isInsert = operation.Concurrency == StateConcurrency.FirstWrite;
        return operation is StateUpsert upsert
            ? Write(upsert, etag is not null ? Update : isInsert ? Insert : Upsert, etag)
            : Delete(operation.Key, etag);
    }

    private static NpgsqlBatchCommand Write(StateUpsert upsert, string sql, Guid? etag)
    {
        var command = new NpgsqlBatchCommand(sql)
        {
            Parameters =
            {
                new NpgsqlParameter<string> { TypedValue = upsert.Key },
                new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = upsert.Value, NpgsqlDbType = NpgsqlDbType.Bytea },
                new NpgsqlParameter { Value = (object?)upsert.Ttl ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Interval },
            },
        };
        if (etag is { } expected)
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = expected });
        return command;
    }

    private NpgsqlBatchCommand Delete(string key, Guid? etag)
    {
        var command = new NpgsqlBatchCommand($"DELETE FROM {_table} WHERE key = $1" + (etag is null ? "" : " AND etag = $2"));
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = key });
        if (etag is { } expected)
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = expected });
        return command;
    }
}
