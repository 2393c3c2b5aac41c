using System.Text.Json;
using Dapr.Actors.Runtime;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace NexusCart.Platform.Actors;

/// <summary>What a shard actor needs besides its host; registered by <c>AddAggregateShards</c>.</summary>
/// <param name="Publisher">Sends pending events.</param>
/// <param name="Options">Bounds.</param>
/// <param name="Time">The clock handed to the domain.</param>
public sealed record AggregateShardServices(IPendingEventPublisher Publisher, AggregateShardOptions Options, TimeProvider Time);

/// <summary>
/// An actor that holds many entities and serves batches of commands for them. One turn loads what the
/// batch touches, lets the domain decide each command, and writes every changed entity, its index entry and the
/// events in one state transaction; then the events are published. If that transaction fails, nothing of the turn is
/// kept in memory.
/// </summary>
/// <remarks>
/// State keys: <c>e:{id}</c> per entity, <c>ix</c> and <c>ix:{n}</c> for the index, <c>g:{group}</c> and <c>g:{group}:{n}</c>
/// for the index of a group, <c>pe</c> for pending events; ids and groups are escaped (<see cref="StateKeys"/>).
/// Entities must be immutable: the domain returns a new one. A derived actor declares a non-generic
/// <c>IActor</c> interface with <see cref="ExecuteAsync"/> and <see cref="ReadPageAsync"/>, as the SDK finds methods
/// by interface and refuses generic ones.
/// </remarks>
/// <typeparam name="TEntity">The aggregate, an immutable class known to the service's JSON context.</typeparam>
/// <typeparam name="TCommand">A command, likewise.</typeparam>
/// <typeparam name="TAnswer">An answer, likewise.</typeparam>
public abstract class AggregateShard<TEntity, TCommand, TAnswer> : Actor, IRemindable
    where TEntity : class
{
    private const string RepairReminder = "publish-pending";
    private readonly AggregateShardServices _services;
    private readonly Lazy<ActorOutbox> _outbox;
    private readonly Lazy<ChunkedIndex> _index;
    private readonly RecentlyUsed _cached;
    private bool _loaded;

    /// <summary>Creates the shard; the actor runtime does.</summary>
    protected AggregateShard(ActorHost host, AggregateShardServices services)
        : base(host)
    {
        ArgumentNullException.ThrowIfNull(services);
        _services = services;
        _cached = new RecentlyUsed(services.Options.CachedEntities);
        // Lazy: tests put their own state manager in place after construction.
        _index = new(() => new ChunkedIndex(StateManager, services.Options.IndexChunkSize));
        _outbox = new(() => new ActorOutbox(
            new ActorOutboxHost(StateManager, DispatchAsync, EnsureReminderAsync, () => UnregisterReminderAsync(RepairReminder),
                services.Time, Logger),
            new ActorOutboxOptions(services.Options.MaxPendingEvents, services.Options.PublishTimeout)));
    }

    /// <summary>
    /// The domain: what a command does to one entity. Pure and idempotent; it must not throw for what a caller can
    /// cause, since an exception is answered as Internal.
    /// </summary>
    /// <param name="entityId">The aggregate's id.</param>
    /// <param name="entity">Its current value; null when there is none.</param>
    /// <param name="command">What to do.</param>
    /// <param name="now">The turn's time, the same for the whole batch.</param>
    protected abstract ShardDecision<TEntity, TAnswer> Decide(string entityId, TEntity? entity, TCommand command, DateTimeOffset now);

    /// <summary>
    /// The group a new entity is listed under, besides the list of all: a customer's orders. Null: none.
    /// </summary>
    /// <param name="entity">The entity as it was created; its group never changes.</param>
    protected virtual string? GroupOf(TEntity entity) => null;

    /// <summary>
    /// Sends a pending event. By default it is published; a shard whose effects include others (starting a workflow)
    /// tells them apart by <see cref="PendingEvent.Type"/>. Called outside the actor's turn: do not touch the state.
    /// </summary>
    protected virtual Task DispatchAsync(PendingEvent pending, CancellationToken cancellationToken) =>
        _services.Publisher.PublishAsync(pending, cancellationToken);

    /// <summary>Executes a batch in one turn; one reply per command, in order.</summary>
    public async Task<ShardReply<TAnswer>[]> ExecuteAsync(ShardCommand<TCommand>[] batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var deadline = new CancellationTokenSource(_services.Options.TurnTimeout, _services.Time);
        try
        {
            await LoadAsync(deadline.Token);
            var turn = new Turn(_services.Time.GetUtcNow());
            var replies = new ShardReply<TAnswer>[batch.Length];
            for (var i = 0; i < batch.Length; i++)
                replies[i] = await ApplyAsync(turn, batch[i], deadline.Token);
            if (turn.Changed)
                await SaveAsync(turn, deadline.Token);
            await TrimAsync(turn);
            return replies;
        }
        catch
        {
            await ForgetAsync();
            throw;
        }
    }

    /// <summary>A page of entities in order of creation, for auditors and read models.</summary>
    public async Task<ShardPage<TEntity>> ReadPageAsync(ShardPageRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var deadline = new CancellationTokenSource(_services.Options.TurnTimeout, _services.Time);
        try
        {
            await LoadAsync(deadline.Token);
            var index = _index.Value;
            var chunk = int.TryParse(request.Token, out var parsed) && parsed > 0 ? parsed : 0;
            if (chunk >= index.ChunkCount)
                return new ShardPage<TEntity>([], "");

            var turn = new Turn(_services.Time.GetUtcNow());
            var entities = new List<TEntity>();
            foreach (var id in await index.ReadAsync(chunk, deadline.Token))
            {
                if (await GetAsync(turn, id, deadline.Token) is { } entity)
                    entities.Add(entity);
            }

            await TrimAsync(turn);
            return new ShardPage<TEntity>(entities, chunk + 1 < index.ChunkCount ? string.Create(null, $"{chunk + 1}") : "");
        }
        catch
        {
            await ForgetAsync();
            throw;
        }
    }

    /// <summary>A page of a group's entities, newest first; of all entities where the group is empty.</summary>
    public async Task<ShardPage<TEntity>> ReadGroupAsync(ShardGroupRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var deadline = new CancellationTokenSource(_services.Options.TurnTimeout, _services.Time);
        try
        {
            await LoadAsync(deadline.Token);
            var isWhole = request.Group.Length == 0;
            var index = isWhole ? _index.Value : GroupIndex(request.Group);
            if (!isWhole)
                await index.LoadAsync(deadline.Token);
            var end = int.TryParse(request.Token, out var parsed) ? Math.Clamp(parsed, 0, index.Count) : index.Count;
            var ids = await index.ReadBackAsync(end, request.Limit, deadline.Token);
            if (!isWhole)
                await index.UnloadAsync();

            var turn = new Turn(_services.Time.GetUtcNow());
            var entities = new List<TEntity>(ids.Count);
            foreach (var id in ids)
            {
                if (await GetAsync(turn, id, deadline.Token) is { } entity)
                    entities.Add(entity);
            }

            await TrimAsync(turn);
            var rest = end - ids.Count;
            return new ShardPage<TEntity>(entities, rest > 0 ? string.Create(null, $"{rest}") : "");
        }
        catch
        {
            await ForgetAsync();
            throw;
        }
    }

    /// <summary>Repairs the publishing of pending events.</summary>
    public async Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period)
    {
        using var deadline = new CancellationTokenSource(_services.Options.TurnTimeout, _services.Time);
        try
        {
            await LoadAsync(deadline.Token);
            await _outbox.Value.RepairAsync(deadline.Token);
            await StateManager.SaveStateAsync(deadline.Token);
            _outbox.Value.Saved();
        }
        catch
        {
            await ForgetAsync();
            throw;
        }
    }

    /// <summary>Completes when no event is being published; for tests and shutdown.</summary>
    public Task WhenPublishedAsync() => _outbox.Value.WhenIdleAsync();

    /// <inheritdoc/>
    protected override async Task OnDeactivateAsync() => await _outbox.Value.DisposeAsync();

    private static ShardReply<TAnswer> BacklogFull { get; } =
        new(default, StatusCode.Unavailable, "Too many events wait to be published; nothing was done.");

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (_loaded)
            return;
        await _index.Value.LoadAsync(cancellationToken);
        await _outbox.Value.LoadAsync(cancellationToken);
        _loaded = true;
    }

    private async Task<ShardReply<TAnswer>> ApplyAsync(Turn turn, ShardCommand<TCommand> command, CancellationToken cancellationToken)
    {
        TEntity? entity;
        ShardDecision<TEntity, TAnswer> decision;
        try
        {
            entity = await GetAsync(turn, command.EntityId, cancellationToken);
        }
        catch (JsonException unreadable)
        {
            return Fail(command.EntityId, unreadable);
        }

        try
        {
            decision = Decide(command.EntityId, entity, command.Command, turn.Now);
        }
        catch (Exception failure)
        {
            return Fail(command.EntityId, failure);
        }

        if (decision.Events.Count > 0 && _outbox.Value.IsFull)
            return BacklogFull;

        if (decision.Next is { } next && !ReferenceEquals(next, entity))
        {
            await StateManager.SetStateAsync(EntityKey(command.EntityId), next, cancellationToken);
            turn.Changed = true;
            if (entity is null)
            {
                turn.Created.Add(command.EntityId);
                if (GroupOf(next) is { } group)
                    turn.Group(group).Add(command.EntityId);
                turn.Absent.Remove(command.EntityId);
                _cached.Touch(command.EntityId);
            }
        }

        foreach (var pending in decision.Events)
        {
            _outbox.Value.Stage(pending);
            turn.Changed = true;
        }

        return new ShardReply<TAnswer>(decision.Answer);
    }

    /// <summary>One command that cannot be digested must not fail its neighbours in the batch.</summary>
    private ShardReply<TAnswer> Fail(string entityId, Exception failure)
    {
        Logger.LogError(failure, "A command for {EntityId} failed", entityId);
        return new ShardReply<TAnswer>(default, StatusCode.Internal, failure.Message);
    }

    private async Task<TEntity?> GetAsync(Turn turn, string id, CancellationToken cancellationToken)
    {
        var stored = await StateManager.TryGetStateAsync<TEntity>(EntityKey(id), cancellationToken);
        if (!stored.HasValue)
        {
            turn.Absent.Add(id);
            return null;
        }

        _cached.Touch(id);
        return stored.Value;
    }

    private async Task SaveAsync(Turn turn, CancellationToken cancellationToken)
    {
        await _index.Value.AppendAsync(turn.Created, cancellationToken);
        var groups = await AppendToGroupsAsync(turn, cancellationToken);
        await _outbox.Value.WriteAsync(cancellationToken);
        await StateManager.SaveStateAsync(cancellationToken);
        await _index.Value.SavedAsync();
        _outbox.Value.Saved();
        foreach (var group in groups)
            await group.UnloadAsync();
    }

    private async Task<List<ChunkedIndex>> AppendToGroupsAsync(Turn turn, CancellationToken cancellationToken)
    {
        var groups = new List<ChunkedIndex>(turn.Groups.Count);
        foreach (var (group, created) in turn.Groups)
        {
            var index = GroupIndex(group);
            await index.LoadAsync(cancellationToken);
            await index.AppendAsync(created, cancellationToken);
            groups.Add(index);
        }

        return groups;
    }

    private ChunkedIndex GroupIndex(string group) => new(StateManager, _services.Options.IndexChunkSize, "g:" + StateKeys.Escape(group));

    /// <summary>Keeps the memory of the state manager bounded; it also remembers what was looked up in vain.</summary>
    private async Task TrimAsync(Turn turn)
    {
        foreach (var id in turn.Absent)
            await StateManager.UnloadStateAsync(EntityKey(id));
        while (_cached.TryEvict(out var id))
            await StateManager.UnloadStateAsync(EntityKey(id));
    }

    /// <summary>After a failed turn memory may hold what was never saved: the next turn reads everything again.</summary>
    private async Task ForgetAsync()
    {
        _loaded = false;
        _cached.Clear();
        await StateManager.ClearCacheAsync();
    }

    private async Task EnsureReminderAsync() =>
        await RegisterReminderAsync(RepairReminder, [], _services.Options.RepairInterval, _services.Options.RepairInterval);

    private static string EntityKey(string id) => "e:" + StateKeys.Escape(id);

    private sealed class Turn(DateTimeOffset now)
    {
        public DateTimeOffset Now { get; } = now;

        public bool Changed { get; set; }

        public List<string> Created { get; } = [];

        public Dictionary<string, List<string>> Groups { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Absent { get; } = new(StringComparer.Ordinal);

        public List<string> Group(string name)
        {
            if (!Groups.TryGetValue(name, out var members))
                Groups[name] = members = [];
            return members;
        }
    }
}
