using System.Text.Json;
using NexusCart.Sidecar.PubSub;
using NexusCart.Sidecar.Storage;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>
/// The tables of a message log. A message's row id holds the topic in its upper bits and the number in the lower ones, so that a
/// topic is one range of the table, appended at its end, and needs no index.
/// </summary>
internal static class LogSql
{
    private const int SequenceBits = 40;
    private static readonly Dictionary<string, string> NoMetadata = [];

    /// <summary>The row id of a message.</summary>
    public static long RowId(long topic, long sequence) => (topic << SequenceBits) + sequence;

    /// <summary>Makes the tables that are missing.</summary>
    public static bool Create(SqliteSession session)
    {
        session.Run("""
            CREATE TABLE IF NOT EXISTS topics (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
            CREATE TABLE IF NOT EXISTS messages (
                id INTEGER PRIMARY KEY,
                data BLOB NOT NULL,
                content_type TEXT NOT NULL,
                metadata TEXT,
                published INTEGER NOT NULL
            );
            CREATE TABLE IF NOT EXISTS consumer_groups (
                topic INTEGER NOT NULL,
                name TEXT NOT NULL,
                position INTEGER NOT NULL,
                pending BLOB NOT NULL,
                seen INTEGER NOT NULL DEFAULT 0,
                PRIMARY KEY (topic, name)
            ) WITHOUT ROWID;
            """);
        // Files of earlier versions do not know when a group was last seen.
        if (Number(session.Prepare("SELECT count(*) FROM pragma_table_info('consumer_groups') WHERE name = 'seen'")) == 0)
            session.Run("ALTER TABLE consumer_groups ADD COLUMN seen INTEGER NOT NULL DEFAULT 0");
        return true;
    }

    /// <summary>The id of a topic, new or known, with the last number ever given out in it.</summary>
    public static (long Id, long Last) OpenTopic(SqliteSession session, string name)
    {
        session.Prepare("INSERT INTO topics (name) VALUES (?1) ON CONFLICT (name) DO NOTHING").Text(1, name).Execute();
        var id = Number(session.Prepare("SELECT id FROM topics WHERE name = ?1").Text(1, name)) ?? 0;
        // When all its messages have been acknowledged and removed, the groups still know how far the topic had come.
        var lastRow = Number(session.Prepare("SELECT max(id) FROM messages WHERE id BETWEEN ?1 AND ?2")
            .Number(1, RowId(id, 0)).Number(2, RowId(id + 1, 0) - 1));
        var lastPosition = Number(session.Prepare("SELECT max(position) FROM consumer_groups WHERE topic = ?1").Number(1, id));
        return (id, Math.Max((lastRow - RowId(id, 0)) ?? 0, lastPosition ?? 0));
    }

    /// <summary>The number of the oldest message that is left, or null.</summary>
    public static long? First(SqliteSession session, long topic) =>
        Number(session.Prepare("SELECT min(id) FROM messages WHERE id BETWEEN ?1 AND ?2")
            .Number(1, RowId(topic, 0)).Number(2, RowId(topic + 1, 0) - 1)) - RowId(topic, 0);

    /// <summary>The groups a topic is known to have; <paramref name="now"/> stands in where it is not known when one was last seen.</summary>
    public static List<StoredGroup> Groups(SqliteSession session, long topic, DateTimeOffset now)
    {
        var groups = new List<StoredGroup>();
        var statement = session.Prepare("SELECT name, position, pending, seen FROM consumer_groups WHERE topic = ?1").Number(1, topic);
        while (statement.Step())
        {
            var seen = statement.Number(3) is > 0 and var milliseconds ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : now;
            groups.Add(new StoredGroup(statement.Text(0), statement.Number(1), ReadNumbers(statement.Bytes(2)), seen));
        }

        return groups;
    }

    /// <summary>Appends a message.</summary>
    public static void Append(SqliteSession session, long topic, long sequence, BrokerMessage message, long published)
    {
        var statement = session
            .Prepare("INSERT INTO messages (id, data, content_type, metadata, published) VALUES (?1, ?2, ?3, ?4, ?5)")
            .Number(1, RowId(topic, sequence))
            .Blob(2, message.Data.Span)
            .Text(3, message.ContentType)
            .Number(5, published);
        if (message.Metadata.Count == 0)
            statement.Null(4);
        else
            statement.Text(4, JsonSerializer.SerializeToUtf8Bytes(message.Metadata));
        statement.Execute();
    }

    /// <summary>Messages after <paramref name="after"/> up to <paramref name="last"/>, until one of the limits is reached.</summary>
    public static List<LogMessage> Read(SqliteSession session, long topic, long after, long last, int count, int bytes)
    {
        var messages = new List<LogMessage>();
        var statement = session
            .Prepare("SELECT id, data, content_type, metadata FROM messages WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3")
            .Number(1, RowId(topic, after))
            .Number(2, RowId(topic, last))
            .Number(3, count);
        while (bytes > 0 && statement.Step())
        {
            var metadata = statement.IsNull(3) ? NoMetadata : JsonSerializer.Deserialize<Dictionary<string, string>>(statement.Bytes(3))!;
            var message = new BrokerMessage(statement.Bytes(1).ToArray(), statement.Text(2), metadata);
            messages.Add(new LogMessage(statement.Number(0) - RowId(topic, 0), message));
            bytes -= message.Data.Length;
        }

        statement.Reset();
        return messages;
    }

    /// <summary>Remembers how far a group has come and when it last had a subscriber.</summary>
    public static void SaveGroup(SqliteSession session, long topic, StoredGroup group) =>
        session
            .Prepare("INSERT INTO consumer_groups (topic, name, position, pending, seen) VALUES (?1, ?2, ?3, ?4, ?5) "
                + "ON CONFLICT (topic, name) DO UPDATE SET position = excluded.position, pending = excluded.pending, seen = excluded.seen")
            .Number(1, topic)
            .Text(2, group.Name)
            .Number(3, group.Position)
            .Blob(4, WriteNumbers(group.Pending))
            .Number(5, group.LastSeen.ToUnixTimeMilliseconds())
            .Execute();

    /// <summary>Forgets a group.</summary>
    public static void DeleteGroup(SqliteSession session, long topic, string name) =>
        session.Prepare("DELETE FROM consumer_groups WHERE topic = ?1 AND name = ?2").Number(1, topic).Text(2, name).Execute();

    /// <summary>Removes the oldest messages up to a number that were published before a time; the answer is how many there were.</summary>
    public static int Trim(SqliteSession session, long topic, long upTo, long publishedBefore, int limit) =>
        session
            .Prepare("DELETE FROM messages WHERE id IN "
                + "(SELECT id FROM messages WHERE id BETWEEN ?1 AND ?2 AND published < ?3 ORDER BY id LIMIT ?4)")
            .Number(1, RowId(topic, 0))
            .Number(2, RowId(topic, upTo))
            .Number(3, publishedBefore)
            .Number(4, limit)
            .Execute();

    private static long? Number(SqliteStatement statement)
    {
        long? value = statement.Step() && !statement.IsNull(0) ? statement.Number(0) : null;
        statement.Reset();
        return value;
    }

    private static byte[] WriteNumbers(ReadOnlySpan<long> numbers) =>
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(numbers).ToArray();

    private static long[] ReadNumbers(ReadOnlySpan<byte> stored) =>
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(stored).ToArray();
}
