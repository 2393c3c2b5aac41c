using System.Buffers;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace NexusCart.Sidecar.Storage;

/// <summary>
/// A prepared statement. Works on spans straight against the library: the writer runs tens of thousands of these a second, and
/// boxed ADO.NET parameters would cost more than the statements. Parameters count from 1, columns from 0.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private const int StackLimit = 512;
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    internal SqliteStatement(sqlite3 database, string sql)
    {
        _database = database;
        var code = raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement);
        SqliteException.ThrowExceptionForRC(code, database);
    }

    /// <summary>Binds text.</summary>
    public SqliteStatement Text(int parameter, ReadOnlySpan<char> value)
    {
        var size = Encoding.UTF8.GetMaxByteCount(value.Length);
        byte[]? rented = null;
        var buffer = size <= StackLimit ? stackalloc byte[StackLimit] : rented = ArrayPool<byte>.Shared.Rent(size);
        var written = Encoding.UTF8.GetBytes(value, buffer);
        Text(parameter, buffer[..written]);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return this;
    }

    /// <summary>Binds text that is UTF-8 already.</summary>
    public SqliteStatement Text(int parameter, ReadOnlySpan<byte> utf8)
    {
        // The wrapper would turn an empty span into NULL.
        var code = utf8.IsEmpty
            ? raw.sqlite3_bind_text(_statement, parameter, "")
            : raw.sqlite3_bind_text(_statement, parameter, utf8);
        Check(code);
        return this;
    }

    /// <summary>Binds bytes.</summary>
    public SqliteStatement Blob(int parameter, ReadOnlySpan<byte> value)
    {
        var code = value.IsEmpty
            ? raw.sqlite3_bind_zeroblob(_statement, parameter, 0)
            : raw.sqlite3_bind_blob(_statement, parameter, value);
        Check(code);
        return this;
    }

    /// <summary>Binds a number.</summary>
    public SqliteStatement Number(int parameter, long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, parameter, value));
        return this;
    }

    /// <summary>Binds NULL.</summary>
    public SqliteStatement Null(int parameter)
    {
        Check(raw.sqlite3_bind_null(_statement, parameter));
        return this;
    }

    /// <summary>Goes to the next row; after the last one the statement is reset and false returned.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(_statement);
        if (code == raw.SQLITE_ROW)
            return true;
        if (code != raw.SQLITE_DONE)
            Throw(code);
        Reset();
        return false;
    }

    /// <summary>Runs a statement that returns no rows; the answer is the number of rows it changed.</summary>
    public int Execute()
    {
        while (Step())
        {
        }

        return raw.sqlite3_changes(_database);
    }

    /// <summary>Whether a column holds NULL.</summary>
    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    /// <summary>A column as a number.</summary>
    public long Number(int column) => raw.sqlite3_column_int64(_statement, column);

    /// <summary>A column's bytes (of text: its UTF-8), valid until the next step.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(_statement, column);

    /// <summary>A column as text.</summary>
    public string Text(int column) => Encoding.UTF8.GetString(Bytes(column));

    /// <summary>Gives up the rows that are left, so that the read transaction ends.</summary>
    public void Reset() => raw.sqlite3_reset(_statement);

    public void Dispose() => _statement.Dispose();

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
            Throw(code);
    }

    private void Throw(int code)
    {
        var message = raw.sqlite3_errmsg(_database).utf8_to_string();
        var extended = raw.sqlite3_extended_errcode(_database);
        Reset();
        throw new SqliteException($"SQLite error {code}: {message}", code, extended);
    }
}
