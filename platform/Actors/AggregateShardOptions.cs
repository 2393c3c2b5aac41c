namespace NexusCart.Platform.Actors;

/// <summary>Bounds of an aggregate shard. Its number of shards is fixed for the life of the stored data.</summary>
public sealed class AggregateShardOptions
{
    /// <summary>How many shard actors hold the entities. Kept in stored metadata; a service with another number refuses to start.</summary>
    public int ShardCount { get; set; } = 16;

    /// <summary>Entities a shard keeps in memory.</summary>
    public int CachedEntities { get; set; } = 1024;

    /// <summary>Ids in one chunk of the index: what a new entity rewrites, and the size of a page.</summary>
    public int IndexChunkSize { get; set; } = 128;

    /// <summary>Pending events above which commands are refused as Unavailable until some were published.</summary>
    public int MaxPendingEvents { get; set; } = 2000;

    /// <summary>Deadline of all state operations of one turn.</summary>
    public TimeSpan TurnTimeout { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>Deadline of one publish.</summary>
    public TimeSpan PublishTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long after a failure pending events are tried again.</summary>
    public TimeSpan RepairInterval { get; set; } = TimeSpan.FromSeconds(10);
}
