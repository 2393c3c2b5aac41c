using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using NexusCart.Sidecar.State;
using NexusCart.Sidecar.Storage;

namespace NexusCart.Sidecar.Components.State;

/// <summary>
/// One table of key, value and etag in the layout of Dapr's sqlite store, so that either runtime reads what the other wrote:
/// text values are stored as they are, anything else in base64 with is_binary set; times are UTC text.
/// </summary>
internal sealed partial class SqliteStateTable
{
    private const string TimeFormat = "yyyy-MM-dd HH:mm:ss.fff";
    private readonly TimeProvider _time;
    private readonly string _table;
    private readonly string _metadataTable;
    private readonly string _get;
    private readonly string _upsert;
    private readonly string _insertIfAbsent;
    private readonly string _updateIfMatch;
    private readonly string _delete;
    private readonly string _deleteIfMatch;
    private readonly string _scan;
    private readonly string _cleanup;

    public SqliteStateTable(string table, string metadataTable, TimeProvider time)
    {
        foreach (var name in (ReadOnlySpan<string>)[table, metadataTable])
        {
            if (!Identifier().IsMatch(name))
                throw new ArgumentException($"'{name}' is no table name: only letters, digits and underscores are allowed");
        }

        (_table, _metadataTable, _time) = (table, metadataTable, time);
        const string Columns = "(key, value, is_binary, etag, update_time, expiration_time) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        const string Overwrite = "ON CONFLICT (key) DO UPDATE SET value = excluded.value, is_binary = excluded.is_binary, "
            + "etag = excluded.etag, update_time = excluded.update_time, expiration_time = excluded.expiration_time";
        _get = $"SELECT value, is_binary, etag, expiration_time FROM {table} "
            + "WHERE key = ?1 AND (expiration_time IS NULL OR expiration_time > ?2)";
        _upsert = $"INSERT INTO {table} {Columns} {Overwrite}";
        // A row that has expired but was not cleaned up yet counts as absent.
        _insertIfAbsent = $"INSERT INTO {table} {Columns} {Overwrite} WHERE {table}.expiration_time <= ?5";
        _updateIfMatch = $"UPDATE {table} SET value = ?2, is_binary = ?3, etag = ?4, update_time = ?5, expiration_time = ?6 "
            + "WHERE key = ?1 AND etag = ?7 AND (expiration_time IS NULL OR expiration_time > ?5)";
        _delete = $"DELETE FROM {table} WHERE key = ?1";
        _deleteIfMatch = $"DELETE FROM {table} WHERE key = ?1 AND etag = ?2 AND (expiration_time IS NULL OR expiration_time > ?3)";
        _scan = $"SELECT key FROM {table} WHERE key >= ?1 AND key < ?2 AND key > ?3 "
            + "AND (expiration_time IS NULL OR expiration_time > ?4) ORDER BY key LIMIT ?5";
        _cleanup = $"DELETE FROM {table} WHERE rowid IN "
            + $"(SELECT rowid FROM {table} WHERE expiration_time <= ?1 ORDER BY expiration_time LIMIT ?2)";
    }

    /// <summary>Makes what is missing of the tables; several runtimes may do so at once.</summary>
    public bool Create(SqliteSession session)
    {
        session.Run($"""
            CREATE TABLE IF NOT EXISTS {_metadataTable} (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);
            CREATE TABLE IF NOT EXISTS {_table} (
                key TEXT NOT NULL PRIMARY KEY,
                value TEXT NOT NULL,
                is_binary BOOLEAN NOT NULL,
                etag TEXT NOT NULL,
                expiration_time TIMESTAMP DEFAULT NULL,
                update_time TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
            );
            CREATE INDEX IF NOT EXISTS {_table}_expiration_time ON {_table} (expiration_time)
                WHERE expiration_time IS NOT NULL;
            INSERT INTO {_metadataTable} (key, value) VALUES ('migrations', '1') ON CONFLICT (key) DO NOTHING;
            """);
        return true;
    }

    /// <summary>The live entry under a key.</summary>
    public StateEntry? Get(SqliteSession session, string key)
    {
        Span<byte> now = stackalloc byte[TimeFormat.Length];
        Write(_time.GetUtcNow(), now);
        var statement = session.Prepare(_get).Text(1, key).Text(2, now);
        if (!statement.Step())
            return null;
        try
        {
            var value = Decode(statement.Bytes(0), binary: statement.Number(1) != 0);
            return new StateEntry(value, statement.Text(2), statement.IsNull(3) ? null : ReadTime(statement.Text(3)));
        }
        finally
        {
            statement.Reset();
        }
    }

    /// <summary>Applies one operation by one statement; false when an etag or first-write check failed and nothing was changed.</summary>
    public bool Apply(SqliteSession session, StateOperation operation) => operation switch
    {
        StateUpsert upsert => Upsert(session, upsert),
        StateDelete delete => Delete(session, delete),
        _ => throw new NotSupportedException($"unsupported operation: {operation.GetType().Name}"),
    };

    /// <summary>Live keys in byte order.</summary>
    public IReadOnlyList<string> Scan(SqliteSession session, string prefix, string? after, int limit)
    {
        Span<byte> now = stackalloc byte[TimeFormat.Length];
        Write(_time.GetUtcNow(), now);
        var from = Encoding.UTF8.GetBytes(prefix);
        var to = from.Length == 0 ? [0xFF] : from.ToArray();
        // UTF-8 has no byte 0xFF, so the last byte can always be raised to get the end of the prefix's range.
        if (from.Length > 0)
            to[^1]++;
        var statement = session.Prepare(_scan).Text(1, from).Text(2, to).Text(3, after ?? "").Text(4, now).Number(5, limit);
        var keys = new List<string>();
        while (statement.Step())
            keys.Add(statement.Text(0));
        return keys;
    }

    /// <summary>Removes expired rows, at most <paramref name="limit"/>; the answer is how many there were.</summary>
    public int CleanUp(SqliteSession session, int limit)
    {
        Span<byte> now = stackalloc byte[TimeFormat.Length];
        Write(_time.GetUtcNow(), now);
        return session.Prepare(_cleanup).Text(1, now).Number(2, limit).Execute();
    }

    private bool Upsert(SqliteSession session, StateUpsert upsert)
    {
        var hasETag = !string.IsNullOrEmpty(upsert.ETag);
        var statement = session.Prepare(
            hasETag ? _updateIfMatch
            : upsert.Concurrency == StateConcurrency.FirstWrite ? _insertIfAbsent
            : _upsert);
        statement.Text(1, upsert.Key);
        BindValue(statement, upsert.Value.Span);
        Span<char> etag = stackalloc char[36];
        Guid.NewGuid().TryFormat(etag, out _);
        Span<byte> time = stackalloc byte[TimeFormat.Length];
        var now = _time.GetUtcNow();
        Write(now, time);
        statement.Text(4, etag).Text(5, time);
        if (upsert.Ttl is { } ttl)
        {
            Write(now + ttl, time);
            statement.Text(6, time);
        }
        else
        {
            statement.Null(6);
        }

        if (hasETag)
            statement.Text(7, upsert.ETag);
        return statement.Execute() > 0;
    }

    private bool Delete(SqliteSession session, StateDelete delete)
    {
        if (string.IsNullOrEmpty(delete.ETag))
        {
            session.Prepare(_delete).Text(1, delete.Key).Execute();
            return true;
        }

        Span<byte> now = stackalloc byte[TimeFormat.Length];
        Write(_time.GetUtcNow(), now);
        return session.Prepare(_deleteIfMatch).Text(1, delete.Key).Text(2, delete.ETag).Text(3, now).Execute() > 0;
    }

    private static void BindValue(SqliteStatement statement, ReadOnlySpan<byte> value)
    {
        if (Utf8.IsValid(value) && !value.Contains((byte)0))
        {
            statement.Text(2, value).Number(3, 0);
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(Base64.GetMaxEncodedToUtf8Length(value.Length));
        Base64.EncodeToUtf8(value, buffer, out _, out var written);
        statement.Text(2, buffer.AsSpan(0, written)).Number(3, 1);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private static byte[] Decode(ReadOnlySpan<byte> stored, bool binary)
    {
        if (!binary)
            return stored.ToArray();
        var value = new byte[Base64.GetMaxDecodedFromUtf8Length(stored.Length)];
        var status = Base64.DecodeFromUtf8(stored, value, out _, out var written);
        if (status != OperationStatus.Done)
            throw new InvalidDataException("failed to decode binary data");
        return written == value.Length ? value : value[..written];
    }

    private static void Write(DateTimeOffset time, Span<byte> buffer) =>
        time.UtcDateTime.TryFormat(buffer, out _, TimeFormat, CultureInfo.InvariantCulture);

    private static DateTimeOffset ReadTime(string text) =>
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$")]
    private static partial Regex Identifier();
}
