using Microsoft.Data.Sqlite;

namespace NexusCart.Tests.Sidecar;

/// <summary>Looks into a database file from outside, as another program would.</summary>
internal static class SqliteFile
{
    public static object? Scalar(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        var value = command.ExecuteScalar();
        return value is long number ? (int)number : value;
    }
}
