using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace NexusCart.Sidecar.Storage;

/// <summary>One connection with its prepared statements. Used by one thread at a time.</summary>
internal sealed class SqliteSession : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteStatement> _statements = new(StringComparer.Ordinal);

    private SqliteSession(SqliteConnection connection) => _connection = connection;

    /// <summary>Whether no transaction is open; true in the middle of one means SQLite gave it up by itself (disk full, I/O error).</summary>
    public bool IsAutoCommit => raw.sqlite3_get_autocommit(_connection.Handle) != 0;

    /// <summary>Rows changed since the connection was opened.</summary>
    public int TotalChanges => raw.sqlite3_total_changes(_connection.Handle);

    /// <summary>Opens the connection that writes: write-ahead log, and a commit is on the disk when it returns.</summary>
    public static SqliteSession OpenWriter(EmbeddedDatabaseOptions options)
    {
        var session = Open(options, SqliteOpenMode.ReadWriteCreate);
        session.Run($"""
            PRAGMA journal_mode = {(options.DisableWal ? "DELETE" : "WAL")};
            PRAGMA synchronous = FULL;
            PRAGMA wal_autocheckpoint = {EmbeddedDatabaseOptions.CheckpointPages};
            PRAGMA cache_size = -{EmbeddedDatabaseOptions.WriterCacheKiB};
            PRAGMA temp_store = MEMORY;
            """);
        return session;
    }

    /// <summary>Opens a connection that only reads.</summary>
    public static SqliteSession OpenReader(EmbeddedDatabaseOptions options)
    {
        var session = Open(options, SqliteOpenMode.ReadWrite);
        session.Run($"PRAGMA query_only = ON; PRAGMA cache_size = -{EmbeddedDatabaseOptions.ReaderCacheKiB};");
        return session;
    }

    /// <summary>The prepared statement of this text, made on first use.</summary>
    public SqliteStatement Prepare(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
            _statements[sql] = statement = new SqliteStatement(_connection.Handle!, sql);
        return statement;
    }

    /// <summary>Runs statements without parameters, once.</summary>
    public void Run(string script)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = script;
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
            statement.Dispose();
        _statements.Clear();
        _connection.Dispose();
    }

    private static SqliteSession Open(EmbeddedDatabaseOptions options, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = options.Path,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = (int)Math.Ceiling(options.BusyTimeout.TotalSeconds),
        }.ToString());
        try
        {
            connection.Open();
            raw.sqlite3_busy_timeout(connection.Handle, (int)options.BusyTimeout.TotalMilliseconds);
            return new SqliteSession(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
