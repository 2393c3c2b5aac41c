using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace NexusCart.Sidecar.Storage;

/// <summary>One connection with its prepared statements. Used by one thread at a time.</summary>
internal sealed class SqliteSession : IDisposable
{
    private readonly SqliteConnection _connection;
    // By identity: the texts are constants, and to hash one again and again costs as much as a small statement.
    private readonly Dictionary<string, SqliteStatement> _statements = new(ReferenceEqualityComparer.Instance);

    private SqliteSession(SqliteConnection connection) => _connection = connection;

    /// <summary>Whether no transaction is open; true in the middle of one means SQLite gave it up by itself (disk full, I/O error).</summary>
    public bool IsAutoCommit => raw.sqlite3_get_autocommit(_connection.Handle) != 0;

    /// <summary>Rows changed since the connection was opened.</summary>
    public int TotalChanges => raw.sqlite3_total_changes(_connection.Handle);

    /// <summary>Opens the connection that writes: write-ahead log, and a commit is on the disk when it returns. It never copies the log back by itself.</summary>
    public static SqliteSession OpenWriter(EmbeddedDatabaseOptions options)
    {
        var session = Open(options, SqliteOpenMode.ReadWriteCreate);
        session.Run($"""
            PRAGMA journal_mode = {(options.DisableWal ? "DELETE" : "WAL")};
            PRAGMA synchronous = FULL;
            PRAGMA wal_autocheckpoint = 0;
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

    /// <summary>Opens a connection that only copies the log back.</summary>
    public static SqliteSession OpenCheckpointer(EmbeddedDatabaseOptions options)
    {
        var session = Open(options, SqliteOpenMode.ReadWrite);
        session.Run("PRAGMA synchronous = FULL;");
        return session;
    }

    /// <summary>Copies as much of the write-ahead log back as can be without waiting for anybody.</summary>
    /// <param name="frames">Pages in the log; -1 when it could not be looked at.</param>
    /// <returns>Whether nothing is left to copy.</returns>
    /// <exception cref="SqliteException">The disk failed.</exception>
    public bool Checkpoint(out int frames)
    {
        var code = raw.sqlite3_wal_checkpoint_v2(_connection.Handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out frames, out var copied);
        if (code is raw.SQLITE_BUSY or raw.SQLITE_LOCKED)
            return false;

        SqliteException.ThrowExceptionForRC(code, _connection.Handle);
        return copied == frames;
    }

    /// <summary>Pages written to the log since the last call.</summary>
    public int TakePagesWritten()
    {
        raw.sqlite3_db_status(_connection.Handle, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, 1);
        return pages;
    }

    /// <summary>The prepared statement of this text, made on first use.</summary>
    /// <param name="sql">The text: the same string each time, since it is known by its identity.</param>
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
