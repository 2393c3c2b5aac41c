using System.Text.RegularExpressions;
using NexusCart.Sidecar.Components.Postgres;
using NexusCart.Sidecar.State;
using Npgsql;

namespace NexusCart.Sidecar.Components.State;

/// <summary>
/// <c>state.postgresql</c> v2 (<c>state.postgres</c> is the same), on Dapr's table: either runtime reads what the other wrote. A
/// first-write that finds the key is an error like any other there, not a mismatch.
/// </summary>
/// <remarks>
/// Settings besides those of the connection: <c>tablePrefix</c>, <c>metadataTableName</c> (dapr_metadata), <c>cleanupInterval</c> (1h;
/// 0 for never). Version 1 of the component keeps JSON in another table and is refused.
/// </remarks>
internal sealed partial class PostgresStateStore(ComponentContext context) : IStateStore, IStateKeyScanner
{
    // Batches go out as a whole before the first answer is looked at.
    private const int BatchCount = 500;
    private readonly CancellationTokenSource _closing = new();
    private NpgsqlDataSource _source = null!;
    private PostgresStateTable _table = null!;
    private Task _cleanup = Task.CompletedTask;

    /// <inheritdoc/>
    public IReadOnlyList<string> Capabilities { get; } = ["ETAG", "TRANSACTIONAL", "TTL", "KEYS_LIKE", "ACTOR"];

    /// <inheritdoc/>
    public async Task InitAsync(CancellationToken cancellation)
    {
        var spec = context.Spec;
        if (spec.Version != "v2")
            throw new NotSupportedException($"{spec.Type} {spec.Version} is not there, only v2 is: new data should not be kept in v1 anyway");
        _source = spec.ToDataSource();
        _table = new PostgresStateTable(
            TableName("tablePrefix", spec.Find("tablePrefix") ?? ""), TableName("metadataTableName", spec.Find("metadataTableName") ?? "dapr_metadata"));
        await _table.CreateAsync(_source, cancellation);

        var interval = spec.Duration("cleanupInterval", TimeSpan.FromHours(1));
        if (interval > TimeSpan.Zero)
            _cleanup = CleanUpEveryAsync(interval);
    }

    /// <inheritdoc/>
    public async ValueTask<StateEntry?> GetAsync(string key, CancellationToken cancellation)
    {
        await using var command = _source.CreateCommand(_table.Select);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = key });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? Entry(reader, 0) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StateHit>> GetManyAsync(IReadOnlyList<string> keys, CancellationToken cancellation)
    {
        var entries = new Dictionary<string, StateEntry>(keys.Count, StringComparer.Ordinal);
        await using var command = _source.CreateCommand(_table.SelectMany);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. keys] });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            entries[reader.GetString(0)] = Entry(reader, 1);
        return [.. keys.Select(key => new StateHit(key, entries.GetValueOrDefault(key)))];
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(StateOperation operation, CancellationToken cancellation)
    {
        var command = _table.ToCommand(operation);
        await using var batch = _source.CreateBatch();
        batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync(cancellation);
        if (!IsRefused(operation, command))
            return;
        throw string.IsNullOrEmpty(operation.ETag)
            ? new InvalidOperationException("no item was updated")
            : new ETagMismatchException(operation.Key);
    }

    /// <inheritdoc/>
    public async ValueTask TransactAsync(IReadOnlyList<StateOperation> operations, CancellationToken cancellation)
    {
        if (operations.Count == 0)
            return;
        await using var connection = await _source.OpenConnectionAsync(cancellation);
        // Leaving without a commit undoes what was done.
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        foreach (var chunk in operations.Chunk(BatchCount))
        {
            await using var batch = new NpgsqlBatch(connection, transaction);
            foreach (var operation in chunk)
                batch.BatchCommands.Add(_table.ToCommand(operation));
            await batch.ExecuteNonQueryAsync(cancellation);
            for (var i = 0; i < chunk.Length; i++)
            {
                if (IsRefused(chunk[i], batch.BatchCommands[i]))
                    throw new ETagMismatchException(chunk[i].Key, string.IsNullOrEmpty(chunk[i].ETag) ? "no item was updated" : null);
            }
        }

        await transaction.CommitAsync(cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> ScanKeysAsync(string prefix, string? after, int limit, CancellationToken cancellation)
    {
        await using var command = _source.CreateCommand(_table.Scan);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = prefix });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = after ?? "" });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        var keys = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            keys.Add(reader.GetString(0));
        return keys;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _cleanup;
        _closing.Dispose();
        if (_source is not null)
            await _source.DisposeAsync();
    }

    /// <summary>Removes expired rows, unless another process has done it within the interval.</summary>
    internal async Task CleanUpAsync(TimeSpan interval, CancellationToken cancellation)
    {
        await using var claim = _source.CreateCommand(_table.ClaimCleanup);
        claim.Parameters.Add(new NpgsqlParameter<double> { TypedValue = interval.TotalMilliseconds });
        if (await claim.ExecuteNonQueryAsync(cancellation) == 0)
            return;
        await using var delete = _source.CreateCommand(_table.DeleteExpired);
        await delete.ExecuteNonQueryAsync(cancellation);
    }

    private static bool IsRefused(StateOperation operation, NpgsqlBatchCommand command) =>
        command.RecordsAffected == 0 && (operation is StateUpsert || !string.IsNullOrEmpty(operation.ETag));

    private static StateEntry Entry(NpgsqlDataReader reader, int at) => new(
        reader.GetFieldValue<byte[]>(at),
        reader.GetString(at + 1),
        reader.IsDBNull(at + 2) ? null : new DateTimeOffset(reader.GetDateTime(at + 2)));

    // With a schema before it, as in Dapr.
    [GeneratedRegex(@"^([A-Za-z0-9_]+\.)?[A-Za-z0-9_]*$")]
    private static partial Regex Name();

    private string TableName(string setting, string name) =>
        Name().IsMatch(name) ? name : throw ComponentSettings.Invalid(context.Spec, setting, $"is no table name: '{name}'");

    private async Task CleanUpEveryAsync(TimeSpan interval)
    {
        using var timer = new PeriodicTimer(interval, context.Cluster.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_closing.Token))
            {
                try
                {
                    await CleanUpAsync(interval, _closing.Token);
                }
                catch (NpgsqlException e)
                {
                    context.Logger.LogError("expired rows of {Component} could not be removed: {Error}", context.Spec.Name, e.Message);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Closed.
        }
    }
}
