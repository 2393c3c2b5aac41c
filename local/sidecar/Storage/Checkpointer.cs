using Microsoft.Data.Sqlite;

namespace NexusCart.Sidecar.Storage;

/// <summary>
/// Copies the write-ahead log back into the database file while writes go on. SQLite by itself does so on the connection that writes, in
/// the middle of a commit, and everybody waits while tens of megabytes are copied. Here a connection of its own copies every few
/// megabytes. Only what came in during the last such pass, which is little, is copied by the writer: the log can begin anew only when
/// nothing in it is left to copy. Belongs to the writer's thread.
/// </summary>
internal sealed class Checkpointer(EmbeddedDatabaseOptions options, ILogger logger) : IDisposable
{
    private const int PassesOfALog = 4;
    private const int MostLogs = 4;

    private SqliteSession? _session;
    private Task _pass = Task.CompletedTask;
    private bool _isUnderWay;
    private long _uncopied;
    private long _logged;

    /// <summary>Begins a pass or ends the log when it is time; to be called after each commit.</summary>
    public void AfterCommit(SqliteSession writer)
    {
        var pages = writer.TakePagesWritten();
        _uncopied += pages;
        _logged += pages;
        // A disk that copies more slowly than it logs: the log must not grow without end.
        if (_logged >= options.LogPages * MostLogs)
            _pass.Wait();

        if (_isUnderWay && _pass.IsCompleted)
        {
            _isUnderWay = false;
            if (_logged >= options.LogPages)
                Finish(writer);
        }

        if (!_isUnderWay && _uncopied >= options.LogPages / PassesOfALog)
        {
            _uncopied = 0;
            _isUnderWay = true;
            _pass = Task.Factory.StartNew(Pass, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
    }

    /// <summary>Waits for a pass under way.</summary>
    public void Dispose()
    {
        _pass.Wait();
        _session?.Dispose();
    }

    private void Pass()
    {
        try
        {
            _session ??= SqliteSession.OpenCheckpointer(options);
            _session.Checkpoint(out _);
        }
        catch (SqliteException e)
        {
            logger.LogWarning(e, "Could not copy the log of {File} back; it grows until that succeeds", options.Path);
        }
    }

    private void Finish(SqliteSession writer)
    {
        try
        {
            _uncopied = 0;
            if (!writer.Checkpoint(out var frames))
                return;

            // A reader that is just reading keeps a log from beginning anew: then the next pass tries again.
            _logged = frames >= options.LogPages * 2 ? options.LogPages : 0;
        }
        catch (SqliteException e)
        {
            logger.LogWarning(e, "Could not end the log of {File}", options.Path);
        }
    }
}
