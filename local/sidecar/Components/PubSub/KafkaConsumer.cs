using Confluent.Kafka;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>One life of the client that consumes; all of it runs on the thread that polls.</summary>
internal sealed class KafkaConsumer
{
    private static readonly TimeSpan QuestionTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PauseBetweenQuestions = TimeSpan.FromMilliseconds(500);

    /// <summary>After an assignment without partitions of a topic, others have them if nothing more comes for so long.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    private readonly KafkaGroupMember _member;
    private readonly KafkaSettings _settings;
    private readonly KafkaRecords _records;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly Dictionary<TopicPartition, KafkaPartition> _partitions = [];
    private HashSet<string> _topics = [];
    private long _change;
    private long? _assignedAt;
    private bool _isSettled;

    /// <exception cref="KafkaException">The client refuses its settings.</exception>
    public KafkaConsumer(KafkaGroupMember member, KafkaSettings settings, KafkaRecords records, TimeProvider time, ILogger logger)
    {
        (_member, _settings, _records, _time, _logger) = (member, settings, records, time, logger);
        var log = new KafkaLog(logger, time);
        _consumer = new ConsumerBuilder<byte[]?, byte[]?>(settings.ToConsumer())
            .SetLogHandler((_, line) => log.Write(line))
            .SetErrorHandler((_, error) => log.Write(error))
            .SetPartitionsAssignedHandler((_, partitions) => Assigned(partitions))
            .SetPartitionsRevokedHandler((_, partitions) => Revoked(partitions.ConvertAll(partition => partition.TopicPartition)))
            .SetPartitionsLostHandler((_, partitions) => Lost(partitions.ConvertAll(partition => partition.TopicPartition)))
            .Build();
    }

    /// <summary>Polls until no topic is wanted any more, then leaves the group.</summary>
    /// <returns>The change that ended it.</returns>
    /// <exception cref="KafkaException">The client is broken.</exception>
    public long PollWhileWanted(TimeSpan pollTime)
    {
        try
        {
            while (FollowChanges())
            {
                Settle();
                ResumeDrained();
                if (Poll(pollTime) is { } result)
                    Take(result);
            }

            return _change;
        }
        finally
        {
            Close();
        }
    }

    private bool FollowChanges()
    {
        if (_member.Change == _change)
            return true;
        (_change, var topics) = _member.Wanted();
        if (topics.Count == 0)
            return false;
        if (!topics.SetEquals(_topics))
        {
            _topics = topics;
            (_assignedAt, _isSettled) = (null, false);
            _consumer.Subscribe(topics);
        }
        else if (_isSettled)
        {
            _member.HaveJoined(_change, topics.Contains);
        }

        _member.HasSeen(_change);
        return true;
    }

    private ConsumeResult<byte[]?, byte[]?>? Poll(TimeSpan pollTime)
    {
        try
        {
            return _consumer.Consume(pollTime);
        }
        catch (ConsumeException e) when (!e.Error.IsFatal)
        {
            // Such as a topic that is not there yet, or a broker that is away: the client goes on by itself.
            _logger.LogWarning("group {Group}: {Error}", _settings.Group, e.Error.Reason);
            return null;
        }
    }

    private void Take(ConsumeResult<byte[]?, byte[]?> result)
    {
        if (!_partitions.TryGetValue(result.TopicPartition, out var partition))
            return;
        partition.Add(result);
        if (!partition.IsFull || partition.IsPaused)
            return;
        partition.IsPaused = true;
        _consumer.Pause([result.TopicPartition]);
    }

    private void ResumeDrained()
    {
        foreach (var (name, partition) in _partitions)
        {
            if (partition.IsDrained)
                Resume(name, partition);
        }
    }

    /// <summary>The client remembers the pause of a partition that goes, and would fetch nothing when it comes again.</summary>
    private void Resume(TopicPartition name, KafkaPartition partition)
    {
        if (!partition.IsPaused)
            return;
        partition.IsPaused = false;
        try
        {
            _consumer.Resume([name]);
        }
        catch (Exception e) when (e is KafkaException or ObjectDisposedException)
        {
            // It is gone with the client, and so is the memory of its pause.
        }
    }

    private void Settle()
    {
        if (_isSettled || _assignedAt is not { } at || _time.GetElapsedTime(at) <= Settling)
            return;
        _isSettled = true;
        _member.HaveJoined(_change, _topics.Contains);
    }

    private List<TopicPartitionOffset> Assigned(List<TopicPartition> partitions)
    {
        _logger.LogDebug("group {Group}: has {Partitions}", _settings.Group, string.Join(", ", partitions));
        var starts = Starts(partitions);
        foreach (var name in partitions)
            _partitions[name] = new KafkaPartition(name, _settings, _records, _member.SubscriberOf, Store, _time, _logger);
        _assignedAt = _time.GetTimestamp();
        _member.HaveJoined(_change, topic => partitions.Exists(partition => partition.Topic == topic));
        return starts;
    }

    /// <summary>Others get these partitions when this returns: what the app has in hand is waited for, but not for ever.</summary>
    private void Revoked(List<TopicPartition> partitions)
    {
        _logger.LogDebug("group {Group}: gives {Partitions} back", _settings.Group, string.Join(", ", partitions));
        var leaving = Remove(partitions);
        if (Task.WaitAll([.. leaving.Select(partition => partition.Completion)], _settings.SessionTimeout))
            return;
        _logger.LogWarning("group {Group}: partitions go while the app is still handling messages of theirs", _settings.Group);
        leaving.ForEach(partition => partition.GiveUp());
    }

    private void Lost(List<TopicPartition> partitions)
    {
        _logger.LogWarning("group {Group}: has lost {Partitions}", _settings.Group, string.Join(", ", partitions));
        Remove(partitions).ForEach(partition => partition.GiveUp());
    }

    private List<KafkaPartition> Remove(List<TopicPartition> partitions)
    {
        (_assignedAt, _isSettled) = (null, false);
        var removed = new List<KafkaPartition>();
        foreach (var name in partitions)
        {
            if (!_partitions.Remove(name, out var partition))
                continue;
            removed.Add(partition);
            Resume(name, partition);
            partition.Leave();
            _ = partition.Completion.ContinueWith(_ => partition.Dispose(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }

        return removed;
    }

    /// <summary>Where partitions begin. A group without a position gets one now, so that it misses nothing while it is away.</summary>
    private List<TopicPartitionOffset> Starts(List<TopicPartition> partitions)
    {
        var began = _time.GetTimestamp();
        while (partitions.Count > 0 && _time.GetElapsedTime(began) < 2 * _settings.SessionTimeout && _member.Wanted().Topics.Count > 0)
        {
            try
            {
                var starts = _consumer.Committed(partitions, QuestionTimeout).ConvertAll(StartOf);
                Remember(starts.Where(start => start.IsNew && !_settings.StartsAtOldest && !_settings.IsStrict).Select(start => start.Position));
                return starts.ConvertAll(start => start.Position);
            }
            catch (KafkaException e)
            {
                _logger.LogWarning("group {Group}: the position is not known yet: {Error}", _settings.Group, e.Error.Reason);
                Thread.Sleep(PauseBetweenQuestions);
            }
        }

        return partitions.ConvertAll(partition => new TopicPartitionOffset(partition, Offset.Unset));
    }

    private (TopicPartitionOffset Position, bool IsNew) StartOf(TopicPartitionOffset committed)
    {
        if (committed.Offset.Value >= 0)
            return (committed, false);
        var start = _settings.StartsAtOldest ? Offset.Beginning : _consumer.QueryWatermarkOffsets(committed.TopicPartition, QuestionTimeout).High;
        return (new TopicPartitionOffset(committed.TopicPartition, start), true);
    }

    private void Remember(IEnumerable<TopicPartitionOffset> starts)
    {
        try
        {
            if (starts.ToList() is { Count: > 0 } positions)
                _consumer.Commit(positions);
        }
        catch (KafkaException e)
        {
            _logger.LogWarning("group {Group}: where it begins cannot be stored: {Error}", _settings.Group, e.Error.Reason);
        }
    }

    private void Store(ConsumeResult<byte[]?, byte[]?> result)
    {
        try
        {
            _consumer.StoreOffset(result);
        }
        catch (Exception e) when (e is KafkaException or ObjectDisposedException)
        {
            _logger.LogWarning("{Partition}, message {Offset} is handled but comes again: {Error}", result.TopicPartition, result.Offset.Value, e.Message);
        }
    }

    private void Close()
    {
        try
        {
            // Gives everything back and commits what is done.
            _consumer.Close();
        }
        catch (KafkaException e)
        {
            _logger.LogWarning("group {Group}: cannot be left: {Error}", _settings.Group, e.Error.Reason);
        }
        finally
        {
            Remove([.. _partitions.Keys]).ForEach(partition => partition.GiveUp());
            _consumer.Dispose();
        }
    }
}
