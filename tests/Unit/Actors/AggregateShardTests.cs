using System.Text.Json.Serialization;
using Dapr.Actors;
using Dapr.Actors.Runtime;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Platform.Actors;

namespace NexusCart.Tests.Unit.Actors;

public sealed record Tally(string Id, long Sum, long Version);

public sealed record AddToTally(long Amount);

public sealed record TallyAnswer(long Sum);

public sealed record TallyChanged(long Sum);

[JsonSerializable(typeof(Tally))]
[JsonSerializable(typeof(TallyChanged))]
internal sealed partial class TallyJson : JsonSerializerContext;

public interface ITallyShard : IActor
{
    Task<ShardReply<TallyAnswer>[]> ExecuteAsync(ShardCommand<AddToTally>[] batch);

    Task<ShardPage<Tally>> ReadPageAsync(ShardPageRequest request);
}

/// <summary>Adds; 0 reads, a negative amount throws. What is named "x-…" belongs to the group x.</summary>
public sealed class TallyShard(ActorHost host, AggregateShardServices services)
    : AggregateShard<Tally, AddToTally, TallyAnswer>(host, services), ITallyShard
{
    protected override ShardDecision<Tally, TallyAnswer> Decide(string entityId, Tally? entity, AddToTally command, DateTimeOffset now)
    {
        if (command.Amount < 0)
            throw new InvalidOperationException("Cannot take away.");
        if (command.Amount == 0)
            return ShardDecision.Unchanged<Tally, TallyAnswer>(new TallyAnswer(entity?.Sum ?? -1));
        var next = new Tally(entityId, (entity?.Sum ?? 0) + command.Amount, (entity?.Version ?? 0) + 1);
        return ShardDecision.Changed(next, new TallyAnswer(next.Sum), PendingEvent.Create(
            $"{entityId}:{next.Version}", "tally.changed.v1", "tallies", entityId, new TallyChanged(next.Sum), TallyJson.Default.TallyChanged));
    }

    protected override string? GroupOf(Tally entity) => entity.Id.Split('-') is [var group, _] ? group : null;
}

public class AggregateShardTests
{
    private readonly RecordingPublisher _publisher = new();
    private readonly FakeTimeProvider _time = new();
    private readonly AggregateShardOptions _options = new() { CachedEntities = 4, IndexChunkSize = 3, MaxPendingEvents = 8 };
    private readonly ActorHarness<TallyShard> _harness;

    public AggregateShardTests() => _harness = new(
        host => new TallyShard(host, new AggregateShardServices(_publisher, _options, _time)), "0", TallyJson.Default);

    private static ShardCommand<AddToTally> Add(string id, long amount) => new(id, new AddToTally(amount));

    private static ShardCommand<AddToTally> Read(string id) => Add(id, 0);

    private static async Task<ShardReply<TallyAnswer>[]> ExecuteAsync(TallyShard shard, params ShardCommand<AddToTally>[] batch)
    {
        var replies = await shard.ExecuteAsync(batch);
        await shard.WhenPublishedAsync();
        return replies;
    }

    [Fact]
    public async Task A_batch_is_one_transaction_with_one_answer_each_in_order()
    {
        var shard = _harness.Activate();
        var replies = await ExecuteAsync(shard, Add("a", 1), Add("b", 5), Add("a", 2), Read("c"));

        Assert.Equal([1, 5, 3, -1], replies.Select(reply => reply.Answer!.Sum));
        Assert.Equal(1, _harness.Store.Transactions);
        Assert.Equal(["e:a", "e:b", "ix", "ix:0", "pe"], _harness.Store.LastTransaction);
        Assert.Equal(["a:1", "a:2", "b:1"], _publisher.Ids.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_turn_writes_only_what_changed()
    {
        var shard = _harness.Activate();
        await ExecuteAsync(shard, Add("a", 1), Add("b", 1));
        await ExecuteAsync(shard, Add("b", 1), Read("a"));
        Assert.Equal(["e:b", "pe"], _harness.Store.LastTransaction);

        await ExecuteAsync(shard, Read("a"), Read("zzz"));
        Assert.Equal(2, _harness.Store.Transactions);
    }

    [Fact]
    public async Task State_survives_a_new_activation()
    {
        await ExecuteAsync(_harness.Activate(), Add("a", 7));
        var replies = await ExecuteAsync(_harness.Activate(), Read("a"));
        Assert.Equal(7, replies[0].Answer!.Sum);
    }

    [Fact]
    public async Task A_failed_save_leaves_nothing_in_memory_and_publishes_nothing()
    {
        var shard = _harness.Activate();
        await ExecuteAsync(shard, Add("a", 1));
        _harness.Store.FailNextSave = new IOException("disk");
        await Assert.ThrowsAsync<IOException>(() => shard.ExecuteAsync([Add("a", 10), Add("new", 1)]));

        var replies = await ExecuteAsync(shard, Read("a"), Read("new"), Add("a", 1));
        Assert.Equal([1, -1, 2], replies.Select(reply => reply.Answer!.Sum));
        Assert.Equal(["a:1", "a:2"], _publisher.Ids);
        Assert.Equal(["a"], (await shard.ReadPageAsync(new ShardPageRequest(""))).Entities.Select(entity => entity.Id));
    }

    [Fact]
    public async Task A_command_the_domain_cannot_digest_does_not_fail_its_neighbours()
    {
        var replies = await ExecuteAsync(_harness.Activate(), Add("a", 1), Add("b", -1), Add("c", 1));
        Assert.Equal([StatusCode.OK, StatusCode.Internal, StatusCode.OK], replies.Select(reply => reply.Code));
        Assert.DoesNotContain("e:b", _harness.Store.Values.Keys);
    }

    [Fact]
    public async Task Published_events_are_cleared_by_the_next_transaction()
    {
        var shard = _harness.Activate();
        await ExecuteAsync(shard, Add("a", 1));
        Assert.Contains("a:1", _harness.Store.Values["pe"], StringComparison.Ordinal);
        await ExecuteAsync(shard, Add("b", 1));
        Assert.DoesNotContain("a:1", _harness.Store.Values["pe"], StringComparison.Ordinal);
        Assert.Equal(1, _harness.Timers.Registrations);
    }

    [Fact]
    public async Task The_reminder_publishes_what_failed_clears_it_and_then_goes()
    {
        var shard = _harness.Activate();
        _publisher.Broken = true;
        await ExecuteAsync(shard, Add("a", 1));
        Assert.Empty(_publisher.Published);
        Assert.NotEmpty(_harness.Timers.Reminders);

        _publisher.Broken = false;
        await TickAsync(shard);
        Assert.Equal(["a:1"], _publisher.Ids);
        await TickAsync(shard);
        Assert.Equal("[]", _harness.Store.Values["pe"]);
        await TickAsync(shard);
        Assert.Empty(_harness.Timers.Reminders);

        await ExecuteAsync(shard, Add("a", 1));
        Assert.NotEmpty(_harness.Timers.Reminders);
        Assert.Equal(["a:1", "a:2"], _publisher.Ids);
    }

    [Fact]
    public async Task After_a_crash_the_reminder_publishes_again_under_the_same_id()
    {
        _publisher.Broken = true;
        await ExecuteAsync(_harness.Activate(), Add("a", 1));
        _publisher.Broken = false;

        await TickAsync(_harness.Activate());
        Assert.Equal(["a:1"], _publisher.Ids);
    }

    [Fact]
    public async Task What_fails_pauses_ever_longer_and_holds_up_only_its_own_aggregate()
    {
        var shard = _harness.Activate();
        _publisher.Poison = "a";
        await ExecuteAsync(shard, Add("a", 1), Add("a", 1), Add("b", 1));
        await ExecuteAsync(shard, Add("a", 1), Add("c", 1));
        Assert.Equal(["b:1", "c:1"], _publisher.Ids.Order(StringComparer.Ordinal));
        Assert.Equal(3, _publisher.Attempts);

        await AdvanceAsync(shard, TimeSpan.FromSeconds(1));
        Assert.Equal(4, _publisher.Attempts);
        await AdvanceAsync(shard, TimeSpan.FromSeconds(1));
        Assert.Equal(4, _publisher.Attempts);
        _publisher.Poison = null;
        await AdvanceAsync(shard, TimeSpan.FromSeconds(1));
        Assert.Equal(["a:1", "a:2", "a:3"], _publisher.Ids.Except(["b:1", "c:1"]));
    }

    [Fact]
    public async Task A_full_backlog_refuses_what_would_cause_events_and_still_reads()
    {
        var shard = _harness.Activate();
        _publisher.Broken = true;
        var replies = await ExecuteAsync(shard, [.. Enumerable.Range(0, 10).Select(i => Add($"{i}", 1)), Read("0")]);
        Assert.All(replies[..8], reply => Assert.Equal(StatusCode.OK, reply.Code));
        Assert.All(replies[8..10], reply => Assert.Equal(StatusCode.Unavailable, reply.Code));
        Assert.Equal(1, replies[10].Answer!.Sum);

        _publisher.Broken = false;
        await TickAsync(shard);
        Assert.Equal(StatusCode.OK, (await ExecuteAsync(shard, Add("x", 1)))[0].Code);
    }

    [Fact]
    public async Task Memory_stays_bounded_and_evicted_entities_are_read_again()
    {
        var shard = _harness.Activate();
        for (var i = 0; i < 50; i++)
            await ExecuteAsync(shard, Add($"{i}", i + 1), Read($"unknown-{i}"));
        Assert.InRange(_harness.State.TrackedKeys, 1, _options.CachedEntities + 3);
        Assert.Equal(1, (await ExecuteAsync(shard, Read("0")))[0].Answer!.Sum);
    }

    [Fact]
    public async Task Pages_give_every_entity_once_in_order_of_creation()
    {
        var shard = _harness.Activate();
        await ExecuteAsync(shard, [.. Enumerable.Range(0, 4).Select(i => Add($"{i}", 1))]);
        await ExecuteAsync(shard, [.. Enumerable.Range(2, 6).Select(i => Add($"{i}", 1))]);
        Assert.Equal(Enumerable.Range(0, 8).Select(i => $"{i}"), await AllIdsAsync(shard));
        Assert.Equal(Enumerable.Range(0, 8).Select(i => $"{i}"), await AllIdsAsync(_harness.Activate()));
        Assert.Equal(["e:8", "ix:2", "pe"], await WrittenByAsync(Add("8", 1)));
    }

    [Fact]
    public async Task A_group_is_listed_newest_first_in_pages_that_new_entities_do_not_shift()
    {
        var shard = _harness.Activate();
        for (var i = 0; i < 7; i += 2)
            await ExecuteAsync(shard, [.. Enumerable.Range(i, Math.Min(2, 7 - i)).SelectMany(n => new[] { Add($"x-{n}", 1), Add($"y-{n}", 1), Add($"{n}", 1) })]);

        var first = await _harness.Activate().ReadGroupAsync(new ShardGroupRequest("x", "", 4));
        await ExecuteAsync(shard, Add("x-7", 1), Add("x-0", 1));
        var second = await _harness.Activate().ReadGroupAsync(new ShardGroupRequest("x", first.NextToken, 4));

        Assert.Equal(["x-6", "x-5", "x-4", "x-3"], first.Entities.Select(entity => entity.Id));
        Assert.Equal(["x-2", "x-1", "x-0"], second.Entities.Select(entity => entity.Id));
        Assert.Equal("", second.NextToken);
        Assert.Equal("x-7", (await shard.ReadGroupAsync(new ShardGroupRequest("x", "", 1))).Entities.Single().Id);
        Assert.Empty((await shard.ReadGroupAsync(new ShardGroupRequest("nobody", "", 4))).Entities);
    }

    [Fact]
    public async Task A_new_member_of_a_group_costs_one_small_key_and_groups_stay_out_of_memory()
    {
        var shard = _harness.Activate();
        await ExecuteAsync(shard, Add("x-0", 1));
        await ExecuteAsync(shard, Add("x-1", 1));
        Assert.Equal(["e:x-1", "g:x:0", "ix:0", "pe"], _harness.Store.LastTransaction);

        for (var i = 0; i < 30; i++)
            await ExecuteAsync(shard, Add($"group{i}-0", 1));
        Assert.InRange(_harness.State.TrackedKeys, 1, _options.CachedEntities + 3);
    }

    private async Task<IReadOnlyList<string>> WrittenByAsync(ShardCommand<AddToTally> command)
    {
        await ExecuteAsync(_harness.Activate(), command);
        return _harness.Store.LastTransaction;
    }

    private static async Task<List<string>> AllIdsAsync(TallyShard shard)
    {
        var ids = new List<string>();
        var token = "";
        do
        {
            var page = await shard.ReadPageAsync(new ShardPageRequest(token));
            ids.AddRange(page.Entities.Select(entity => entity.Id));
            token = page.NextToken;
        }
        while (token.Length > 0);
        return ids;
    }

    private async Task AdvanceAsync(TallyShard shard, TimeSpan by)
    {
        _time.Advance(by);
        await shard.WhenPublishedAsync();
    }

    private static async Task TickAsync(TallyShard shard)
    {
        await shard.ReceiveReminderAsync("publish-pending", [], TimeSpan.Zero, TimeSpan.Zero);
        await shard.WhenPublishedAsync();
    }
}
