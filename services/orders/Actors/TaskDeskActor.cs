using Dapr.Actors;
using Dapr.Actors.Runtime;
using NexusCart.Orders.Errands;
using NexusCart.Platform.Actors;

namespace NexusCart.Orders.Actors;

/// <summary>The calls of the task desk.</summary>
public interface ITaskDeskActor : IActor
{
    /// <summary>Notes whether an order waits for staff.</summary>
    Task NoteAsync(TaskNote note);

    /// <summary>The orders that wait, in the order of their ids; <see cref="TaskDeskActor.Most"/> at most.</summary>
    Task<List<string>> ReadAsync();
}

/// <summary>
/// Which orders wait for staff: an index only, the tasks themselves are the orders'. State keys: <c>t:{bucket}</c>, each a list of orders.
/// </summary>
public sealed class TaskDeskActor(ActorHost host) : Actor(host), ITaskDeskActor
{
    /// <summary>The actor's id.</summary>
    public const string DeskId = "desk";

    /// <summary>The most orders answered: an answer must stay below 4 MB.</summary>
    public const int Most = 20_000;

    private const int Buckets = 64;

    /// <inheritdoc/>
    public async Task NoteAsync(TaskNote note)
    {
        ArgumentNullException.ThrowIfNull(note);
        var key = Key(StableHash.Bucket(note.OrderId, Buckets));
        var known = await BucketAsync(key);
        if (known.Contains(note.OrderId) == note.Waits)
            return;
        await StateManager.CommitAsync(
            key, (List<string>)(note.Waits ? [.. known, note.OrderId] : [.. known.Where(orderId => orderId != note.OrderId)]));
    }

    /// <inheritdoc/>
    public async Task<List<string>> ReadAsync()
    {
        var all = new List<string>();
        for (var bucket = 0; bucket < Buckets; bucket++)
            all.AddRange(await BucketAsync(Key(bucket)));
        all.Sort(StringComparer.Ordinal);
        return all.Count > Most ? all[..Most] : all;
    }

    private async Task<List<string>> BucketAsync(string key) => await StateManager.FindAsync<List<string>>(key) ?? [];

    private static string Key(int bucket) => string.Create(null, $"t:{bucket}");
}
