using NexusCart.Sidecar.Storage;

namespace NexusCart.Sidecar.Scheduling;

/// <summary>The scheduler's jobs in a database; each method returns when its change is durable.</summary>
internal sealed class JobStore(EmbeddedDatabase database)
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS jobs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            grp TEXT NOT NULL,
            owner TEXT NOT NULL,
            name TEXT NOT NULL,
            schedule TEXT,
            due_time TEXT,
            begins INTEGER NOT NULL,
            expires INTEGER,
            repeats INTEGER,
            data BLOB,
            data_type TEXT,
            retry_interval INTEGER NOT NULL,
            max_retries INTEGER,
            runs INTEGER NOT NULL DEFAULT 0,
            last_run INTEGER,
            attempts INTEGER NOT NULL DEFAULT 0,
            UNIQUE (grp, owner, name))
        """;

    private const string Insert = """
        INSERT OR REPLACE INTO jobs
            (grp, owner, name, schedule, due_time, begins, expires, repeats, data, data_type, retry_interval, max_retries)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
        RETURNING id
        """;

    private const string SelectAll = """
        SELECT id, grp, owner, name, schedule, due_time, begins, expires, repeats, data, data_type, retry_interval, max_retries,
               runs, last_run, attempts
        FROM jobs
        """;

    /// <summary>Every job there is; makes the table on first use.</summary>
    public async Task<List<ScheduledJob>> OpenAsync()
    {
        await database.WriteAsync(0, static (session, _) => session.Prepare(Schema).Execute(), WriteScope.SingleStatement, default);
        return await database.ReadAsync(0, static (session, _) => ReadAll(session), default);
    }

    /// <summary>Writes a job, in place of one under the same key; gives its row.</summary>
    public Task<long> PutAsync(JobDefinition job) =>
        database.WriteAsync(job, static (session, job) => InsertJob(session, job), WriteScope.SingleStatement, default);

    /// <summary>Keeps how far a job has come; nothing when it was replaced meanwhile.</summary>
    public Task SaveAsync(long id, JobProgress progress) =>
        database.WriteAsync(
            (id, progress),
            static (session, change) => Bind(
                    session.Prepare("UPDATE jobs SET runs = ?1, last_run = ?2, attempts = ?3 WHERE id = ?4").Number(1, change.progress.Runs),
                    2,
                    change.progress.LastRun?.UtcTicks)
                .Number(3, change.progress.Attempts)
                .Number(4, change.id)
                .Execute(),
            WriteScope.SingleStatement,
            default);

    /// <summary>Removes a job; nothing when it was replaced meanwhile.</summary>
    public Task DeleteAsync(long id) =>
        database.WriteAsync(
            id,
            static (session, id) => session.Prepare("DELETE FROM jobs WHERE id = ?1").Number(1, id).Execute(),
            WriteScope.SingleStatement,
            default);

    private static long InsertJob(SqliteSession session, JobDefinition job)
    {
        var statement = session.Prepare(Insert).Text(1, job.Id.Group).Text(2, job.Id.Owner).Text(3, job.Id.Name);
        Bind(statement, 4, job.Schedule);
        Bind(statement, 5, job.DueTime);
        statement.Number(6, job.Begin.UtcTicks);
        Bind(statement, 7, job.Expiration?.UtcTicks);
        Bind(statement, 8, job.Repeats);
        if (job.Data is { } data)
            statement.Blob(9, data.Span);
        else
            statement.Null(9);
        Bind(statement, 10, job.DataType);
        statement.Number(11, job.FailurePolicy.Interval.Ticks);
        Bind(statement, 12, job.FailurePolicy.MaxRetries);
        statement.Step();
        var id = statement.Number(0);
        statement.Reset();
        return id;
    }

    private static List<ScheduledJob> ReadAll(SqliteSession session)
    {
        var jobs = new List<ScheduledJob>();
        var row = session.Prepare(SelectAll);
        while (row.Step())
        {
            var definition = new JobDefinition
            {
                Id = new JobId(row.Text(1), row.Text(2), row.Text(3)),
                Schedule = TextOrNull(row, 4),
                DueTime = TextOrNull(row, 5),
                Begin = Time(row.Number(6)),
                Expiration = NumberOrNull(row, 7) is { } expires ? Time(expires) : null,
                Repeats = NumberOrNull(row, 8),
                Data = row.IsNull(9) ? null : new ReadOnlyMemory<byte>(row.Bytes(9).ToArray()),
                DataType = TextOrNull(row, 10),
                FailurePolicy = new FailurePolicy(TimeSpan.FromTicks(row.Number(11)), NumberOrNull(row, 12)),
            };
            var lastRun = NumberOrNull(row, 14) is { } last ? Time(last) : (DateTimeOffset?)null;
            jobs.Add(new ScheduledJob(row.Number(0), definition, new JobProgress(row.Number(13), lastRun, row.Number(15))));
        }

        return jobs;
    }

    private static SqliteStatement Bind(SqliteStatement statement, int parameter, long? value) =>
        value is { } number ? statement.Number(parameter, number) : statement.Null(parameter);

    private static SqliteStatement Bind(SqliteStatement statement, int parameter, string? value) =>
        value is null ? statement.Null(parameter) : statement.Text(parameter, value);

    private static string? TextOrNull(SqliteStatement row, int column) => row.IsNull(column) ? null : row.Text(column);

    private static long? NumberOrNull(SqliteStatement row, int column) => row.IsNull(column) ? null : row.Number(column);

    private static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);
}
