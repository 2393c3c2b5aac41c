using Microsoft.Extensions.Logging.Abstractions;
using NexusCart.Sidecar.Storage;

namespace NexusCart.Tests.Sidecar.Storage;

public sealed class EmbeddedDatabaseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Writes_that_wait_together_are_committed_together()
    {
        await using var database = await OpenAsync();
        var before = database.Commits;
        using var gate = new ManualResetEventSlim();
        var first = database.WriteAsync(gate, static (_, g) => { g.Wait(); return 0; }, WriteScope.SingleStatement, default);
        var rest = Enumerable.Range(0, 500).Select(i => InsertAsync(database, i)).ToArray();

        gate.Set();
        await first;
        await Task.WhenAll(rest);

        // The first write may have taken some of the others along, but never needs a commit of their own.
        Assert.InRange(database.Commits - before, 1, 2);
        Assert.Equal(500, await CountAsync(database));
    }

    [Fact]
    public async Task A_write_that_throws_is_undone_alone()
    {
        await using var database = await OpenAsync();
        using var gate = new ManualResetEventSlim();
        var first = database.WriteAsync(gate, static (_, g) => { g.Wait(); return 0; }, WriteScope.SingleStatement, default);
        var good = InsertAsync(database, 1);
        var bad = database.WriteAsync(
            0,
            static (session, _) =>
            {
                Insert(session, 2);
                Insert(session, 3);
                throw new InvalidOperationException("no");
#pragma warning disable CS0162 // the lambda needs a type
                return 0;
#pragma warning restore CS0162
            },
            WriteScope.Savepoint,
            default);
        var also = InsertAsync(database, 4);

        gate.Set();
        await first;
        await good;
        await also;
        Assert.Equal("no", (await Assert.ThrowsAsync<InvalidOperationException>(() => bad)).Message);
        Assert.Equal(2, await CountAsync(database));
    }

    [Fact]
    public async Task A_half_done_write_without_savepoint_never_commits()
    {
        await using var database = await OpenAsync();

        var bad = database.WriteAsync<int, int>(
            0,
            static (session, _) =>
            {
                Insert(session, 1);
                throw new InvalidDataException("broken");
            },
            WriteScope.SingleStatement,
            default);

        await Assert.ThrowsAsync<InvalidDataException>(() => bad);
        Assert.Equal(0, await CountAsync(database));
        await InsertAsync(database, 2);
        Assert.Equal(1, await CountAsync(database));
    }

    [Fact]
    public async Task Closing_commits_what_was_queued_and_refuses_more()
    {
        var database = await OpenAsync();
        var writes = Enumerable.Range(0, 200).Select(i => InsertAsync(database, i)).ToArray();
        await database.DisposeAsync();
        await Task.WhenAll(writes);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => InsertAsync(database, 1000));

        await using var reopened = await OpenAsync();
        Assert.Equal(200, await CountAsync(reopened));
    }

    [Fact]
    public async Task A_cancelled_write_that_has_not_begun_does_nothing()
    {
        await using var database = await OpenAsync();
        using var gate = new ManualResetEventSlim();
        using var cancellation = new CancellationTokenSource();
        var first = database.WriteAsync(gate, static (_, g) => { g.Wait(); return 0; }, WriteScope.SingleStatement, default);
        var cancelled = database.WriteAsync(7, static (s, i) => Insert(s, i), WriteScope.SingleStatement, cancellation.Token);

        await cancellation.CancelAsync();
        gate.Set();

        await first;
        await Assert.ThrowsAsync<TaskCanceledException>(() => cancelled);
        Assert.Equal(0, await CountAsync(database));
    }

    [Fact]
    public async Task What_was_acknowledged_is_in_the_files_at_any_moment()
    {
        await using var database = await OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => InsertAsync(database, i)));

        // What a crash leaves behind: the files as they are, with nothing closed.
        File.Copy(_folder.File("test.db"), _folder.File("crash.db"));
        File.Copy(_folder.File("test.db-wal"), _folder.File("crash.db-wal"));

        await using var recovered = await OpenAsync("crash.db");
        Assert.Equal(300, await CountAsync(recovered));
    }

    [Fact]
    public async Task More_writers_than_the_queue_holds_are_held_back_not_refused()
    {
        await using var database = new EmbeddedDatabase(
            new EmbeddedDatabaseOptions { Path = _folder.File("small.db"), QueueCapacity = 4, GroupLimit = 2 },
            NullLogger.Instance);
        await CreateAsync(database);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => InsertAsync(database, i)));
        Assert.Equal(100, await CountAsync(database));
    }

    [Fact]
    public async Task The_log_begins_anew_while_writes_go_on()
    {
        const int PageBytes = 4096;
        const int LogPages = 64;
        await using (var database = new EmbeddedDatabase(
            new EmbeddedDatabaseOptions { Path = _folder.File("log.db"), LogPages = LogPages }, NullLogger.Instance))
        {
            await CreateAsync(database);
            for (var i = 0; i < 3_000; i++)
                await InsertAsync(database, i);

            // 3,000 commits of a page each; twice of what the writer lets come together, since a group is logged as a whole.
            Assert.InRange(new FileInfo(_folder.File("log.db-wal")).Length, 1, 2 * 4 * LogPages * PageBytes);
            Assert.Equal(3_000, await CountAsync(database));
        }

        await using var again = await OpenAsync("log.db");
        Assert.Equal(3_000, await CountAsync(again));
    }

    [Fact]
    public async Task A_database_without_a_file_reads_what_it_wrote()
    {
        await using var database = new EmbeddedDatabase(
            new EmbeddedDatabaseOptions { Path = EmbeddedDatabaseOptions.InMemory }, NullLogger.Instance);
        await CreateAsync(database);
        await InsertAsync(database, 1);
        Assert.Equal(1, await CountAsync(database));
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused()
    {
        File.WriteAllText(_folder.File("text.db"), string.Join(' ', Enumerable.Repeat("this is no database", 100)));
        var error = Assert.ThrowsAny<Exception>(() => new EmbeddedDatabase(
            new EmbeddedDatabaseOptions { Path = _folder.File("text.db") }, NullLogger.Instance));
        Assert.Contains("not a database", error.Message, StringComparison.Ordinal);
    }

    private async Task<EmbeddedDatabase> OpenAsync(string name = "test.db")
    {
        var database = new EmbeddedDatabase(new EmbeddedDatabaseOptions { Path = _folder.File(name) }, NullLogger.Instance);
        await CreateAsync(database);
        return database;
    }

    private static Task<int> CreateAsync(EmbeddedDatabase database) => database.WriteAsync(
        0,
        static (session, _) =>
        {
            session.Run("CREATE TABLE IF NOT EXISTS numbers (n INTEGER PRIMARY KEY)");
            return 0;
        },
        WriteScope.Savepoint,
        default);

    private static Task<int> InsertAsync(EmbeddedDatabase database, int number) =>
        database.WriteAsync(number, static (session, n) => Insert(session, n), WriteScope.SingleStatement, default);

    private static int Insert(SqliteSession session, int number) =>
        session.Prepare("INSERT INTO numbers (n) VALUES (?1)").Number(1, number).Execute();

    private static ValueTask<long> CountAsync(EmbeddedDatabase database) => database.ReadAsync(
        0,
        static (session, _) =>
        {
            var statement = session.Prepare("SELECT count(*) FROM numbers");
            statement.Step();
            var count = statement.Number(0);
            statement.Reset();
            return count;
        },
        default);
}
