using StackExchange.Redis;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>Reads answers of stream commands that the client has no waiting form of.</summary>
internal static class RedisStreamReply
{
    /// <summary>The entries of the one stream that was read; none when the wait ended without any.</summary>
    public static IEnumerable<StreamEntry> OfRead(RedisResult answer)
    {
        if (answer.IsNull || answer.Length == 0)
            return [];
        // RESP2: [[stream, entries]]; RESP3: {stream: entries}, which the client shows as [stream, entries].
        var entries = answer.Resp3Type == ResultType.Map ? answer[1] : answer[0][1];
        return Enumerable.Range(0, entries.Length).Select(i => Entry(entries[i]));
    }

    private static StreamEntry Entry(RedisResult entry)
    {
        var fields = entry[1];
        if (fields.IsNull)
            return new StreamEntry((RedisValue)entry[0], []);
        var values = new NameValueEntry[fields.Length / 2];
        for (var i = 0; i < values.Length; i++)
            values[i] = new NameValueEntry((RedisValue)fields[2 * i], (RedisValue)fields[(2 * i) + 1]);
        return new StreamEntry((RedisValue)entry[0], values);
    }
}
