using NexusCart.Orders.Actors;
using NexusCart.Orders.Checkout;
using NexusCart.Orders.Domain;
using NexusCart.Workflows.Checkout;

namespace NexusCart.Tests.Unit.Orders;

/// <summary>The shard actor: recording, starting, repairing.</summary>
public class OrderActorTests
{
    private readonly OrdersBench _bench = new();

    [Fact]
    public async Task Placing_records_the_order_announces_it_and_starts_its_saga_once()
    {
        var draft = _bench.Draft();

        var answer = await _bench.PlaceAsync(draft);
        await _bench.SettleAsync();

        Assert.Equal(OrderOutcome.Created, answer.Outcome);
        Assert.Equal([$"CheckoutWorkflow {draft.OrderId}"], _bench.Engine.Started);
        Assert.Equal([$"{draft.OrderId}:placed"], _bench.Publisher.Ids);
        Assert.Equal(OrderStatus.Starting, await _bench.Store.ReadStatusAsync(draft.OrderId, CancellationToken.None));
    }

    [Fact]
    public async Task Fifty_at_once_are_one_order()
    {
        var drafts = Enumerable.Range(0, 50).Select(_ => _bench.Draft()).ToList();

        var answers = await Task.WhenAll(drafts.Select(_bench.PlaceAsync));
        await _bench.SettleAsync();

        Assert.Single(answers, answer => answer.Outcome is OrderOutcome.Created);
        Assert.Single(answers.Select(answer => answer.Order!.OrderId).Distinct());
        Assert.Single(_bench.Engine.Started);
    }

    [Fact]
    public async Task The_same_key_gives_the_same_order_later_and_after_a_crash()
    {
        var first = await _bench.PlaceAsync(_bench.Draft());
        await _bench.Journal.BeginAsync(first.Order!.OrderId);
        await _bench.Journal.CompleteAsync(first.Order.OrderId, []);
        await _bench.CrashAsync();
        _bench.Clock.Advance(TimeSpan.FromDays(400));

        var again = await _bench.PlaceAsync(_bench.Draft());
        var found = await _bench.Store.FindAsync(new FindOrder("ann", "key-1", "body-1"), CancellationToken.None);
        await _bench.SettleAsync();

        Assert.Equal((OrderOutcome.Existing, OrderStatus.Paid), (again.Outcome, again.Status));
        Assert.Equal(first.Order.OrderId, again.Order!.OrderId);
        Assert.Equal(first.Order.OrderId, found.Order!.OrderId);
        Assert.Single(_bench.Engine.Started);
    }

    [Fact]
    public async Task Another_body_under_the_key_is_refused_and_changes_nothing()
    {
        var first = await _bench.PlaceAsync(_bench.Draft());

        var other = await _bench.PlaceAsync(_bench.Draft(body: "body-2"));
        var found = await _bench.Store.FindAsync(new FindOrder("ann", "key-1", "body-2"), CancellationToken.None);

        Assert.Equal((OrderOutcome.KeyReused, null), (other.Outcome, other.Order));
        Assert.Equal(OrderOutcome.KeyReused, found.Outcome);
        Assert.Equal("body-1", (await _bench.Store.ReadAsync(first.Order!.OrderId, CancellationToken.None))!.BodyHash);
    }

    [Fact]
    public async Task Another_customers_same_key_is_another_order()
    {
        var ann = await _bench.PlaceAsync(_bench.Draft("ann"));
        var bob = await _bench.PlaceAsync(_bench.Draft("bob"));

        Assert.Equal((OrderOutcome.Created, OrderOutcome.Created), (ann.Outcome, bob.Outcome));
        Assert.NotEqual(ann.Order!.OrderId, bob.Order!.OrderId);
    }

    [Fact]
    public async Task A_start_that_fails_is_made_up_for_by_the_reminder()
    {
        _bench.Engine.NoWorker = true;
        var draft = _bench.Draft();
        await _bench.PlaceAsync(draft);
        await _bench.SettleAsync();
        Assert.Empty(_bench.Engine.Started);

        await _bench.CrashAsync();
        _bench.Engine.NoWorker = false;
        _bench.Clock.Advance(TimeSpan.FromSeconds(5));
        await _bench.TickAsync();

        Assert.Equal([$"CheckoutWorkflow {draft.OrderId}"], _bench.Engine.Started);
    }

    [Fact]
    public async Task A_start_whose_answer_is_lost_is_looked_up_not_repeated()
    {
        _bench.Engine.LoseNextAnswer = true;
        await _bench.PlaceAsync(_bench.Draft());
        await _bench.SettleAsync();
        await _bench.CrashAsync();
        _bench.Clock.Advance(TimeSpan.FromSeconds(5));
        await _bench.TickAsync();

        Assert.Single(_bench.Engine.Started);
    }

    [Fact]
    public async Task A_finished_instance_is_never_started_again()
    {
        var draft = _bench.Draft();
        _bench.Engine.Becomes(draft.OrderId, SagaStanding.Completed);

        await _bench.Starter.StartAsync(
            new CheckoutStart(_bench.Clock.GetUtcNow().AddSeconds(-4), _bench.Options.Value.SagaInputOf(draft)), CancellationToken.None);

        Assert.Empty(_bench.Engine.Started);
    }

    [Fact]
    public async Task A_saga_that_cannot_be_started_for_too_long_is_given_up_and_cannot_begin_any_more()
    {
        _bench.Engine.NoWorker = true;
        var draft = _bench.Draft();
        await _bench.PlaceAsync(draft);
        await _bench.SettleAsync();

        _bench.Clock.Advance(_bench.Options.Value.StartDeadline + TimeSpan.FromSeconds(1));
        await _bench.TickAsync();

        var order = await _bench.Store.ReadAsync(draft.OrderId, CancellationToken.None);
        Assert.Equal((OrderStatus.Cancelled, OrderReasons.NotStarted), (order!.Status, order.Reason));
        Assert.False(await _bench.Journal.BeginAsync(draft.OrderId));
        await _bench.TickAsync();
        Assert.Contains($"{draft.OrderId}:cancelled", _bench.Publisher.Ids);
    }

    [Fact]
    public async Task The_end_is_announced_once_however_often_it_is_written()
    {
        var orderId = (await _bench.PlaceAsync(_bench.Draft())).Order!.OrderId;
        Assert.True(await _bench.Journal.BeginAsync(orderId));
        Assert.True(await _bench.Journal.BeginAsync(orderId));
        StepReport[] history = [new(Some.Noon, "reserve", "succeeded"), new(Some.Noon, "complete", "succeeded")];

        await _bench.Journal.CompleteAsync(orderId, history);
        await _bench.Journal.CompleteAsync(orderId, history);
        await _bench.SettleAsync();

        Assert.Equal([$"{orderId}:paid", $"{orderId}:placed"], _bench.Publisher.Ids.Order(StringComparer.Ordinal));
        Assert.False(await _bench.Journal.BeginAsync(orderId));
        await Assert.ThrowsAsync<InvalidOperationException>(() => _bench.Journal.CancelAsync(orderId, "late", "", []));
        var paid = await _bench.Store.ReadAsync(orderId, CancellationToken.None);
        Assert.Equal(["reserve", "complete"], paid!.History.Select(entry => entry.Step));
    }

    [Fact]
    public async Task Steps_are_shown_together_after_a_moment_unless_the_saga_is_over_by_then()
    {
        var slow = (await _bench.PlaceAsync(_bench.Draft(key: "slow"))).Order!.OrderId;
        var fast = (await _bench.PlaceAsync(_bench.Draft(key: "fast"))).Order!.OrderId;
        foreach (var orderId in new[] { slow, fast })
        {
            await _bench.Journal.BeginAsync(orderId);
            _bench.Journal.Post(orderId, new StepReport(Some.Noon, "reserve", "succeeded"));
            _bench.Journal.Post(orderId, new StepReport(Some.Noon, "authorise", "failed", "Unavailable"));
        }

        await _bench.Journal.CompleteAsync(fast, [new StepReport(Some.Noon, "complete", "succeeded")]);
        Assert.Empty((await _bench.Store.ReadAsync(slow, CancellationToken.None))!.History);
        _bench.Clock.Advance(TimeSpan.FromSeconds(1));
        var shown = await _bench.Store.ReadAsync(slow, CancellationToken.None);

        Assert.Equal(["reserve", "authorise"], shown!.History.Select(entry => entry.Step));
        Assert.Equal(["complete"], (await _bench.Store.ReadAsync(fast, CancellationToken.None))!.History.Select(entry => entry.Step));
    }

    [Fact]
    public async Task The_payment_secret_is_gone_from_the_store_once_it_is_not_needed()
    {
        var orderId = (await _bench.PlaceAsync(_bench.Draft())).Order!.OrderId;
        await _bench.Journal.BeginAsync(orderId);
        await _bench.Journal.RequireActionAsync(
            orderId, new RequiredAction("three_d_secure", orderId, "pi_1_secret_2", ""), new StepReport(Some.Noon, "authorise", "started"));
        Assert.Contains("pi_1_secret_2", _bench.Stored, StringComparison.Ordinal);

        await _bench.Journal.CancelAsync(orderId, "payment_action_expired", "", []);

        Assert.DoesNotContain("pi_1_secret_2", _bench.Stored, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_customers_orders_are_listed_newest_first_in_pages()
    {
        var placed = new List<string>();
        for (var i = 0; i < 11; i++)
        {
            placed.Add((await _bench.PlaceAsync(_bench.Draft("ann", $"key-{i}"))).Order!.OrderId);
            await _bench.PlaceAsync(_bench.Draft("bob", $"key-{i}"));
            _bench.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        var listed = new List<string>();
        var token = "";
        do
        {
            var page = await _bench.Store.ListAsync("ann", token, 4, CancellationToken.None);
            Assert.InRange(page.Entities.Count, 1, 4);
            listed.AddRange(page.Entities.Select(order => order.OrderId));
            token = page.NextToken;
        }
        while (token.Length > 0);

        placed.Reverse();
        Assert.Equal(placed, listed);
    }

    [Fact]
    public async Task An_id_of_another_time_finds_nothing_in_the_same_slot()
    {
        var order = (await _bench.PlaceAsync(_bench.Draft())).Order!;
        var twin = OrderId.Create("0", _bench.Store.ShardOf("ann"), _bench.Clock.GetUtcNow().AddHours(1), "ann", "key-1").ToString();

        Assert.Equal(OrderId.TryParse(order.OrderId)!.Slot, OrderId.TryParse(twin)!.Slot);
        Assert.Null(await _bench.Store.ReadAsync(twin, CancellationToken.None));
        Assert.Null(await _bench.Store.ReadAsync("nonsense", CancellationToken.None));
        Assert.False(await _bench.Journal.BeginAsync(twin));
    }
}
