using System.Globalization;
using Npgsql;

namespace NexusCart.Tests.Servers;

/// <summary>A PostgreSQL server with a fresh cluster. It refuses to run as root: then it runs as its own user.</summary>
public sealed class PostgresServer : TestServer
{
    private static readonly string? Binaries = FindBinaries();

    private bool _isMade;

    /// <summary>Why tests that need it are skipped; null when it is installed.</summary>
    public static string? Missing { get; } = Binaries is null ? "postgresql is not installed" : null;

    /// <summary>As PostgreSQL's own tools and Dapr take it.</summary>
    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"host=127.0.0.1 port={Port} user=postgres database=postgres");

    private string Data => Path.Combine(Folder, "data");

    private static string[] AsServerUser =>
        Environment.IsPrivilegedProcess ? ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] : [];

    /// <summary>Runs statements with a client that is none of ours, and gives the first value of the answer.</summary>
    public async Task<object?> RunSqlAsync(string sql, string database = "postgres")
    {
        await using var source = NpgsqlDataSource.Create(ClientString(database, "Pooling=false"));
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    /// <inheritdoc/>
    protected override async Task BeforeStartAsync()
    {
        if (_isMade)
            return;
        if (AsServerUser.Length > 0)
            await RunAsync("/bin/chown", "postgres", Folder);
        string[] make =
        [
            .. AsServerUser, Path.Combine(Binaries!, "initdb"), "--pgdata", Data, "--username", "postgres", "--auth", "trust",
            "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync",
        ];
        await RunAsync(make[0], make[1..]);
        _isMade = true;
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> Command() =>
    [
        .. AsServerUser, Path.Combine(Binaries!, "postgres"), "-D", Data, "-h", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture),
        "-k", Folder, "-c", "fsync=on", "-c", "synchronous_commit=on", "-c", "max_connections=200",
    ];

    /// <inheritdoc/>
    protected override async Task<bool> AnswersAsync()
    {
        if (!await ListensAsync(Port))
            return false;
        try
        {
            await RunSqlAsync("SELECT 1");
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static string? FindBinaries() =>
        Directory.Exists("/usr/lib/postgresql")
            ? Directory.EnumerateDirectories("/usr/lib/postgresql")
                .Select(folder => Path.Combine(folder, "bin"))
                .Where(folder => File.Exists(Path.Combine(folder, "postgres")) && File.Exists(Path.Combine(folder, "initdb")))
                .OrderBy(folder => folder.Length)
                .ThenBy(folder => folder, StringComparer.Ordinal)
                .LastOrDefault()
            : null;

    private string ClientString(string database, string more) =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Username=postgres;Database={database};Timeout=60;{more}");
}
