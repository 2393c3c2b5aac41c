using System.Collections.Concurrent;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.PubSub;
using NexusCart.Sidecar.Storage;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>How long a <see cref="MessageLog"/> keeps what nobody waits for any more.</summary>
/// <param name="Retention">Time a message stays after every group has acknowledged it.</param>
/// <param name="UnclaimedLimit">Messages a topic without groups keeps; older ones go.</param>
/// <param name="GroupRetention">Time a group is remembered that nobody takes part in; zero for ever.</param>
internal sealed record MessageLogOptions(TimeSpan Retention, int UnclaimedLimit, TimeSpan GroupRetention);

/// <summary>
/// The durable log of messages in one file, shared by all sidecars of the process. A publish is answered after its group commit.
/// What groups have acknowledged is written down a little later: after a crash a few messages may come twice, none is lost.
/// </summary>
internal sealed class MessageLog : IAsyncDisposable
{
    private const int TrimStep = 512;
    private const int TrimLimit = 16_384;
    private static readonly TimeSpan FlushInterval = TimeSpan.FromMilliseconds(100);

    // How exact the time is that a group was last seen, for one whose topic is quiet.
    private static readonly TimeSpan SeenInterval = TimeSpan.FromHours(1);

    // After a pause of the whole machine every group looks abandoned: their apps get time to come back.
    private static readonly TimeSpan TimeToRejoin = TimeSpan.FromMinutes(10);
    private readonly EmbeddedDatabase _database;
    private readonly MessageLogOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, Lazy<Task<LogTopic>>> _topics = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _flushing = new(1);
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _flusher;
    private readonly DateTimeOffset _opened;
    private DateTimeOffset _seenWritten;

    public MessageLog(string path, MessageLogOptions options, TimeProvider time, ILogger logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _opened = _seenWritten = time.GetUtcNow();
        _database = new EmbeddedDatabase(new EmbeddedDatabaseOptions { Path = path }, logger);
        _flusher = FlushEveryAsync();
    }

    /// <summary>The process's one log in this file; the options of whoever asks first count.</summary>
    public static MessageLog Shared(LocalCluster cluster, string path, MessageLogOptions options) =>
        cluster.Shared(path, c => new MessageLog(path, options, c.Time, c.Loggers.CreateLogger("pubsub.log")));

    /// <summary>Makes the tables; may be called again.</summary>
    public Task OpenAsync(CancellationToken cancellation) =>
        _database.WriteAsync(0, static (session, _) => LogSql.Create(session), WriteScope.Savepoint, cancellation);

    /// <summary>Appends a message; completes when it is durable.</summary>
    public async Task PublishAsync(string topicName, BrokerMessage message, CancellationToken cancellation)
    {
        var topic = await TopicAsync(topicName);
        var append = new AppendWrite(topic, message, _time.GetUtcNow().ToUnixTimeMilliseconds(), cancellation);
        await _database.EnqueueAsync(append, cancellation);
        await append.Task;
    }

    /// <summary>Takes part in a group, which is made when it is new.</summary>
    public async Task<GroupMember> JoinAsync(
        string topicName, GroupSettings settings, DeliveryHandler handler, CancellationToken cancellation)
    {
        var topic = await TopicAsync(topicName);
        await topic.Membership.WaitAsync(cancellation);
        try
        {
            var group = topic.Find(settings.Name) ?? await CreateGroupAsync(topic, settings, cancellation);
            return group.Join(handler, settings);
        }
        finally
        {
            topic.Membership.Release();
        }
    }

    /// <summary>Leaves a group after the deliveries under way; what it acknowledged is on the disk then.</summary>
    public async Task LeaveAsync(GroupMember member)
    {
        await member.DisposeAsync();
        var topic = member.Group.Topic;
        await topic.Membership.WaitAsync(CancellationToken.None);
        try
        {
            await member.Group.LeaveAsync(member);
            member.Group.LastSeen = _time.GetUtcNow();
            member.Group.KeepChanged();
            if (member.Group is { IsDurable: false, HasMembers: false })
                topic.Remove(member.Group);
        }
        finally
        {
            topic.Membership.Release();
        }

        await FlushAsync();
    }

    /// <summary>Writes down what has been acknowledged and removes what nobody needs.</summary>
    public async Task FlushAsync()
    {
        await _flushing.WaitAsync();
        try
        {
            NoteSeen();
            await ForgetAbandonedAsync();
            var groups = new List<(ConsumerGroup Group, StoredGroup Snapshot)>();
            var trims = new List<(LogTopic Topic, long UpTo)>();
            foreach (var topic in OpenTopics())
                Collect(topic, groups, trims);
            if (groups.Count == 0 && trims.Count == 0)
                return;
            var before = (_time.GetUtcNow() - _options.Retention).ToUnixTimeMilliseconds() + 1;
            await WriteAsync(groups, trims, before);
        }
        finally
        {
            _flushing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _flusher;
        await FlushAsync();
        await _database.DisposeAsync();
        _closing.Dispose();
        _flushing.Dispose();
    }

    private IEnumerable<LogTopic> OpenTopics() =>
        _topics.Values.Where(topic => topic is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }).Select(topic => topic.Value.Result);

    private void NoteSeen()
    {
        var now = _time.GetUtcNow();
        var isDue = now - _seenWritten >= SeenInterval;
        foreach (var group in OpenTopics().SelectMany(topic => topic.Groups).Where(group => group.HasMembers))
        {
            group.LastSeen = now;
            if (isDue)
                group.KeepChanged();
        }

        if (isDue)
            _seenWritten = now;
    }

    // A group that is never left keeps what it has not read for ever, and with it everything after.
    private async Task ForgetAbandonedAsync()
    {
        var now = _time.GetUtcNow();
        if (_options.GroupRetention <= TimeSpan.Zero || now - _opened < TimeToRejoin)
            return;
        bool IsAbandoned(ConsumerGroup group) => group is { IsDurable: true, HasMembers: false } && now - group.LastSeen > _options.GroupRetention;
        foreach (var group in OpenTopics().SelectMany(topic => topic.Groups).Where(IsAbandoned).ToList())
        {
            await group.Topic.Membership.WaitAsync(CancellationToken.None);
            try
            {
                if (!IsAbandoned(group))
                    continue;
                await _database.WriteAsync(
                    group,
                    static (session, abandoned) =>
                    {
                        LogSql.DeleteGroup(session, abandoned.Topic.Id, abandoned.Name);
                        return true;
                    },
                    WriteScope.SingleStatement,
                    CancellationToken.None);
                group.Topic.Remove(group);
                _logger.LogWarning(
                    "Group {Group} of topic {Topic} has had no subscriber since {LastSeen:u} and is forgotten, with {Count} messages it has not read",
                    group.Name, group.Topic.Name, group.LastSeen, group.Topic.Committed - group.AcknowledgedTo);
            }
            finally
            {
                group.Topic.Membership.Release();
            }
        }
    }

    private async Task WriteAsync(
        List<(ConsumerGroup Group, StoredGroup Snapshot)> groups, List<(LogTopic Topic, long UpTo)> trims, long publishedBefore)
    {
        try
        {
            await _database.WriteAsync(
                (groups, trims, publishedBefore),
                static (session, work) =>
                {
                    foreach (var (group, snapshot) in work.groups)
                        LogSql.SaveGroup(session, group.Topic.Id, snapshot);
                    foreach (var (topic, upTo) in work.trims)
                    {
                        // A long backlog goes in steps, so that no publisher waits for it.
                        if (LogSql.Trim(session, topic.Id, upTo, work.publishedBefore, TrimLimit) < TrimLimit)
                            topic.TrimmedTo = upTo;
                    }

                    return true;
                },
                WriteScope.Savepoint,
                CancellationToken.None);
        }
        catch
        {
            foreach (var (group, _) in groups)
                group.KeepChanged();
            throw;
        }
    }

    private void Collect(
        LogTopic topic, List<(ConsumerGroup Group, StoredGroup Snapshot)> groups, List<(LogTopic Topic, long UpTo)> trims)
    {
        var needed = topic.Committed;
        var isQuiet = true;
        foreach (var group in topic.Groups)
        {
            if (group.TakeSnapshot() is { } snapshot)
            {
                isQuiet = false;
                if (group.IsDurable)
                    groups.Add((group, snapshot));
            }

            needed = Math.Min(needed, group.AcknowledgedTo);
        }

        if (topic.Groups.IsEmpty)
            needed -= _options.UnclaimedLimit;
        // A busy topic is trimmed in larger steps.
        if (needed > topic.TrimmedTo + (isQuiet ? 0 : TrimStep))
            trims.Add((topic, needed));
    }

    private async Task<ConsumerGroup> CreateGroupAsync(LogTopic topic, GroupSettings settings, CancellationToken cancellation)
    {
        var created = _database.WriteAsync(
            (topic, settings, _time),
            static (session, create) =>
            {
                var (topic, settings, time) = create;
                var position = settings.FromOldest ? (LogSql.First(session, topic.Id) ?? topic.LastGivenOut + 1) - 1 : topic.LastGivenOut;
                var stored = new StoredGroup(settings.Name, position, [], time.GetUtcNow());
                if (!settings.IsEphemeral)
                    LogSql.SaveGroup(session, topic.Id, stored);
                var group = new ConsumerGroup(topic, stored, !settings.IsEphemeral, time);
                // On the writer's thread: nothing published after this position can be removed unseen.
                topic.Add(group);
                return group;
            },
            WriteScope.SingleStatement,
            cancellation);
        try
        {
            return await created;
        }
        catch
        {
            if (topic.Find(settings.Name) is { } unsaved)
                topic.Remove(unsaved);
            throw;
        }
    }

    private Task<LogTopic> TopicAsync(string name)
    {
        var topic = _topics.GetOrAdd(name, n => new Lazy<Task<LogTopic>>(() => OpenTopicAsync(n)));
        // One failure to open (a full disk) must not stick.
        if (topic.Value.IsFaulted)
            _topics.TryRemove(new KeyValuePair<string, Lazy<Task<LogTopic>>>(name, topic));
        return topic.Value;
    }

    private Task<LogTopic> OpenTopicAsync(string name) => _database.WriteAsync(
        (Log: this, name),
        static (session, open) =>
        {
            var (id, last) = LogSql.OpenTopic(session, open.name);
            var topic = new LogTopic(id, open.name, last, open.Log._database);
            foreach (var group in LogSql.Groups(session, id, open.Log._time.GetUtcNow()))
                topic.Add(new ConsumerGroup(topic, group, isDurable: true, open.Log._time));
            return topic;
        },
        WriteScope.Savepoint,
        CancellationToken.None);

    private async Task FlushEveryAsync()
    {
        using var timer = new PeriodicTimer(FlushInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_closing.Token))
                await TryFlushAsync();
        }
        catch (OperationCanceledException)
        {
            // Closing; the last flush follows.
        }
    }

    private async Task TryFlushAsync()
    {
        try
        {
            await FlushAsync();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _logger.LogError(e, "Could not write down acknowledgements in {File}", _database.FilePath);
        }
    }

    /// <summary>A publish on its way to the disk.</summary>
    private sealed class AppendWrite(LogTopic topic, BrokerMessage message, long published, CancellationToken cancellation) : PendingWrite
    {
        private readonly TaskCompletionSource _completion = new();
        private long _sequence;
        private Exception? _exception;

        public Task Task => _completion.Task;

        public override void Execute(SqliteSession session)
        {
            if (cancellation.IsCancellationRequested)
                return;
            try
            {
                _sequence = topic.Append(session, message, published);
            }
            catch (Exception e)
            {
                _exception = e;
            }
        }

        public override void Committed()
        {
            if (_exception is null && _sequence > 0)
                topic.OnCommitted(_sequence);
        }

        public override void RolledBack()
        {
            if (_sequence > 0)
                topic.OnFailed(_sequence);
        }

        public override void Answer()
        {
            if (_exception is not null)
            {
                _completion.TrySetException(_exception);
            }
            else if (_sequence == 0)
            {
                _completion.TrySetCanceled(cancellation);
            }
            else
            {
                _completion.TrySetResult();
            }
        }

        public override void Fail(Exception exception) => _completion.TrySetException(_exception ?? exception);
    }
}
