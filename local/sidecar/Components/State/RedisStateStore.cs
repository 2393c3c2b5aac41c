using System.Globalization;
using NexusCart.Sidecar.Components.Redis;
using NexusCart.Sidecar.State;
using StackExchange.Redis;

namespace NexusCart.Sidecar.Components.State;

/// <summary>
/// <c>state.redis</c>: a hash per key with the fields <c>data</c>, <c>version</c> (the etag, counted from 1) and, once the key was
/// written with first-write, <c>first-write</c>; either runtime reads what the other wrote.
/// </summary>
/// <remarks>
/// Its rules are those of Dapr's, unpleasant as they are: last-write ignores the etag, an etag for an absent key creates it,
/// first-write overwrites what a plain write made, and a key once made by first-write refuses every later write without an etag.
/// Two of them lose data that somebody was told is safe: a rewrite without a time to live keeps the earlier one, and a transaction
/// with a stale etag stores everything else. They hold with <c>--strict</c> only; without it the rewrite ends the earlier time to
/// live, and the transaction stores nothing.
/// </remarks>
internal sealed class RedisStateStore(ComponentContext context) : IStateStore, IStateKeyScanner
{
    private const string NoETag = "0";
    private const int ScanPage = 1000;

    // Per key five arguments: what to do, the etag, the value, whether to mark first-write, and the time to live in milliseconds
    // (empty to leave it, 0 to end it). The first argument of all says whether one refusal refuses everything. The answer is the
    // list of keys that were refused, by number from 1.
    private const string WriteScript = """
        local allOrNothing = ARGV[1] == '1'
        local refused = {}
        local function isRefused(i)
          local etag = ARGV[i * 5 - 2]
          local version = redis.pcall('HGET', KEYS[i], 'version')
          if not version or type(version) == 'table' or version == '' or version == etag then return false end
          if etag ~= '0' then return true end
          return ARGV[i * 5 - 3] == 'set' and redis.call('HEXISTS', KEYS[i], 'first-write') == 1
        end
        if allOrNothing then
          for i = 1, #KEYS do
            if isRefused(i) then refused[#refused + 1] = i end
          end
          if #refused > 0 then return refused end
        end
        for i = 1, #KEYS do
          local key, ttl = KEYS[i], ARGV[i * 5 + 1]
          if not allOrNothing and isRefused(i) then
            refused[#refused + 1] = i
          elseif ARGV[i * 5 - 3] == 'delete' then
            redis.call('DEL', key)
          else
            if redis.call('TYPE', key).ok ~= 'hash' then redis.call('DEL', key) end
            redis.call('HSET', key, 'data', ARGV[i * 5 - 1])
            if ARGV[i * 5] == '1' then redis.call('HSET', key, 'first-write', 0) end
            redis.call('HINCRBY', key, 'version', 1)
            if ttl == '0' then redis.call('PERSIST', key) elseif ttl ~= '' then redis.call('PEXPIRE', key, ttl) end
          end
        end
        return refused
        """;

    private static readonly RedisValue[] Fields = ["data", "version"];

    private readonly TimeSpan? _defaultTtl = context.Spec.Find("ttlInSeconds") is null
        ? null
        : TimeSpan.FromSeconds(context.Spec.Number("ttlInSeconds", otherwise: 0, minimum: -1));

    private readonly bool _isStrict = context.Options.Strict;
    private RedisConnection _connection = null!;

    /// <inheritdoc/>
    public IReadOnlyList<string> Capabilities { get; } = ["ETAG", "TRANSACTIONAL", "TTL", "KEYS_LIKE", "ACTOR"];

    /// <inheritdoc/>
    public bool ScansEveryKey => true;

    private IDatabase Database => _connection.Database;

    /// <inheritdoc/>
    public async Task InitAsync(CancellationToken cancellation)
    {
        _connection = await RedisConnection.OpenAsync(new RedisSettings(context.Spec), cancellation);
        if (_isStrict && context.Spec.Flag("actorStateStore"))
            context.Logger.LogWarning("Redis does not support transaction rollbacks and should not be used in production as an actor state store.");
    }

    /// <inheritdoc/>
    public async ValueTask<StateEntry?> GetAsync(string key, CancellationToken cancellation)
    {
        try
        {
            var fields = await Database.HashGetAsync(key, Fields).WaitAsync(cancellation);
            return fields[0].IsNull ? null : new StateEntry(fields[0], fields[1].ToString(), ExpiresAt: null);
        }
        catch (RedisServerException e) when (e.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal))
        {
            // Something else wrote it as a plain string, which Dapr reads too.
            var value = await Database.StringGetAsync(key).WaitAsync(cancellation);
            return value.IsNull ? null : new StateEntry(value, ETag: "", ExpiresAt: null);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StateHit>> GetManyAsync(IReadOnlyList<string> keys, CancellationToken cancellation)
    {
        // They travel together: nobody waits for an answer before sending the next.
        var reads = keys.Select(key => GetAsync(key, cancellation).AsTask()).ToArray();
        var entries = await Task.WhenAll(reads);
        return [.. keys.Zip(entries, (key, entry) => new StateHit(key, entry))];
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(StateOperation operation, CancellationToken cancellation)
    {
        var isFirstWrite = operation.Concurrency == StateConcurrency.FirstWrite;
        if ((await RunAsync([operation], isFirstWrite, allOrNothing: false, cancellation)).Length == 0)
            return;
        if (string.IsNullOrEmpty(operation.ETag))
            throw new InvalidOperationException(Refusal(operation));
        throw new ETagMismatchException(operation.Key, Refusal(operation));
    }

    /// <inheritdoc/>
    /// <remarks>With <c>--strict</c> what is not refused is stored, as in Dapr.</remarks>
    public async ValueTask TransactAsync(IReadOnlyList<StateOperation> operations, CancellationToken cancellation)
    {
        if (operations.Count == 0)
            return;
        // In transactions Dapr does not look at first-write.
        var refused = await RunAsync(operations, marksFirstWrite: false, allOrNothing: !_isStrict, cancellation);
        if (refused.Length > 0)
        {
            var first = operations[refused[0] - 1];
            throw new ETagMismatchException(first.Key, Refusal(first));
        }
    }

    /// <inheritdoc/>
    /// <remarks>Redis has no order among keys.</remarks>
    public async ValueTask<IReadOnlyList<string>> ScanKeysAsync(string prefix, string? after, int limit, CancellationToken cancellation)
    {
        // A scan may give a key twice.
        var keys = new SortedSet<string>(StringComparer.Ordinal);
        var found = _connection.Server.KeysAsync(_connection.Settings.Database, Pattern(prefix), ScanPage);
        await foreach (var key in found.WithCancellation(cancellation))
        {
            var text = key.ToString();
            if (after is not null && string.CompareOrdinal(text, after) <= 0)
                continue;
            keys.Add(text);
            if (keys.Count > limit)
                keys.Remove(keys.Max!);
        }

        return [.. keys];
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static string Refusal(StateOperation operation) =>
        (operation is StateUpsert ? "failed to set key " : "failed to delete ") + operation.Key + ": ERR another version is stored";

    private static string Pattern(string prefix)
    {
        var pattern = new System.Text.StringBuilder(prefix.Length + 1);
        foreach (var c in prefix)
        {
            if (c is '*' or '?' or '[' or ']' or '\\' or '^')
                pattern.Append('\\');
            pattern.Append(c);
        }

        return pattern.Append('*').ToString();
    }

    /// <summary>The version a write asks for, as Dapr reads it.</summary>
    /// <exception cref="InvalidETagException">A save's etag is no number.</exception>
    private static string VersionOf(StateOperation operation)
    {
        if (string.IsNullOrEmpty(operation.ETag))
            return NoETag;
        if (operation is StateDelete)
            return operation.ETag;
        if (operation.Concurrency == StateConcurrency.LastWrite)
            return NoETag;
        return long.TryParse(operation.ETag, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var version)
            ? version.ToString(CultureInfo.InvariantCulture)
            : throw new InvalidETagException($"invalid etag value: strconv.Atoi: parsing \"{operation.ETag}\": invalid syntax");
    }

    private async Task<int[]> RunAsync(
        IReadOnlyList<StateOperation> operations, bool marksFirstWrite, bool allOrNothing, CancellationToken cancellation)
    {
        var keys = new RedisKey[operations.Count];
        var arguments = new RedisValue[1 + (5 * operations.Count)];
        arguments[0] = allOrNothing ? "1" : "0";
        for (var i = 0; i < keys.Length; i++)
        {
            var operation = operations[i];
            keys[i] = operation.Key;
            var into = arguments.AsSpan(1 + (5 * i), 5);
            into[0] = operation is StateUpsert ? "set" : "delete";
            into[1] = VersionOf(operation);
            into[2] = operation is StateUpsert upsert ? upsert.Value : RedisValue.EmptyString;
            into[3] = marksFirstWrite ? "1" : "0";
            into[4] = operation is StateUpsert timed ? TimeToLive(timed) : RedisValue.EmptyString;
        }

        var refused = await Database.ScriptEvaluateAsync(WriteScript, keys, arguments).WaitAsync(cancellation);
        return (int[]?)refused ?? [];
    }

    private RedisValue TimeToLive(StateUpsert upsert)
    {
        if (upsert.EndsTtl)
            return "0";
        if ((upsert.Ttl ?? _defaultTtl) is { } ttl)
            return ttl > TimeSpan.Zero ? (long)ttl.TotalMilliseconds : "0";
        return _isStrict ? RedisValue.EmptyString : "0";
    }
}
