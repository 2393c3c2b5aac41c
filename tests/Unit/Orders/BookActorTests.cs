using Dapr.Actors.Runtime;
using NexusCart.Orders.Actors;
using NexusCart.Orders.AfterSales;
using NexusCart.Orders.Errands;
using NexusCart.Tests.Unit.Actors;
using NSubstitute;

namespace NexusCart.Tests.Unit.Orders;

/// <summary>The books beside the orders, as actors over a store.</summary>
public class BookActorTests
{
    [Fact]
    public async Task A_series_has_no_gaps_and_a_document_one_number_also_after_a_crash()
    {
        var harness = Harness(host => new DocumentSeriesActor(host), "NC-I-2030");
        var actor = harness.Activate();
        var first = await actor.NumberAsync(new SeriesRequest("order-1:invoice", Some.Noon));
        var second = await actor.NumberAsync(new SeriesRequest("order-2:invoice", Some.Noon.AddDays(1)));
        actor = harness.Activate();

        Assert.Equal((1, 2), (first.Number, second.Number));
        Assert.Equal(first, await actor.NumberAsync(new SeriesRequest("order-1:invoice", Some.Noon.AddDays(9))));
        Assert.Equal(3, (await actor.NumberAsync(new SeriesRequest("order-3:invoice", Some.Noon))).Number);
    }

    [Fact]
    public async Task A_number_whose_transaction_failed_is_given_to_the_next()
    {
        var harness = Harness(host => new DocumentSeriesActor(host), "NC-I-2030");
        var actor = harness.Activate();
        await actor.NumberAsync(new SeriesRequest("order-1:invoice", Some.Noon));
        harness.Store.FailNextSave = new TimeoutException("The store did not answer.");
        await Assert.ThrowsAnyAsync<Exception>(() => actor.NumberAsync(new SeriesRequest("order-2:invoice", Some.Noon)));

        Assert.Equal(2, (await actor.NumberAsync(new SeriesRequest("order-3:invoice", Some.Noon))).Number);
        Assert.Equal(3, (await actor.NumberAsync(new SeriesRequest("order-2:invoice", Some.Noon))).Number);
    }

    [Fact]
    public async Task The_audit_log_keeps_every_entry_once_and_in_order()
    {
        var harness = Harness(host => new AuditLogActor(host), AuditLogActor.LogId);
        var actor = harness.Activate();
        for (var i = 0; i < AuditLogActor.ChunkSize + 5; i++)
        {
            await actor.AppendAsync(Entry(i));
            await actor.AppendAsync(Entry(i));
        }

        actor = harness.Activate();
        await actor.AppendAsync(Entry(3));
        var seen = new List<string>();
        for (var page = await actor.ReadAsync(new AuditPageRequest(0, 30)); ; page = await actor.ReadAsync(new AuditPageRequest(page.Rest, 30)))
        {
            seen.AddRange(page.Entries.Select(entry => entry.Id));
            if (page.Rest == 0)
                break;
        }

        Assert.Equal(Enumerable.Range(0, AuditLogActor.ChunkSize + 5).Reverse().Select(i => $"entry-{i}"), seen);
    }

    [Fact]
    public async Task The_task_desk_knows_who_waits()
    {
        var harness = Harness(host => new TaskDeskActor(host), TaskDeskActor.DeskId);
        var actor = harness.Activate();
        foreach (var orderId in new[] { "b", "a", "c", "a" })
            await actor.NoteAsync(new TaskNote(orderId, Waits: true));
        await actor.NoteAsync(new TaskNote("c", Waits: false));
        await actor.NoteAsync(new TaskNote("never", Waits: false));

        Assert.Equal(["a", "b"], await harness.Activate().ReadAsync());
    }

    [Fact]
    public async Task Where_a_customer_is_at_home_is_decided_once()
    {
        var harness = Harness(host => new CustomerActor(host, Substitute.For<IErasureLooks>()), "ann");
        Assert.Equal("1", await harness.Activate().HomeAsync("1"));
        Assert.Equal("1", await harness.Activate().HomeAsync("2"));
    }

    [Fact]
    public async Task A_cell_that_was_opened_stays_open()
    {
        var harness = Harness(host => new CellsActor(host), CellsActor.CellsId);
        await harness.Activate().OpenAsync("1");
        await harness.Activate().OpenAsync("2");
        await harness.Activate().OpenAsync("1");
        Assert.Equal(["1", "2"], await harness.Activate().ReadAsync());
    }

    [Fact]
    public async Task A_customers_index_keeps_each_claim_once()
    {
        var harness = Harness(host => new CustomerActor(host, Substitute.For<IErasureLooks>()), "ann");
        var actor = harness.Activate();
        Assert.Empty((await actor.ReadAsync()).Claimed);
        await actor.ClaimAsync("order-1");
        await actor.ClaimAsync("order-1");
        await actor.ClaimAsync("order-2");

        Assert.Equal(["order-1", "order-2"], (await harness.Activate().ReadAsync()).Claimed);
    }

    [Fact]
    public async Task An_erased_customers_orders_are_looked_through_again_until_that_has_succeeded()
    {
        var looks = Substitute.For<IErasureLooks>();
        var harness = Harness(host => new CustomerActor(host, looks), "ann");
        Assert.False(await harness.Activate().ClaimAsync("order-1"));
        for (var delivery = 0; delivery < 2; delivery++)
            await harness.Activate().EraseAsync("ann");
        Assert.True(await harness.Activate().ClaimAsync("order-2"));
        Assert.Equal(CustomerActor.LookAgainAfter, harness.Timers.Reminders["look-again"].DueTime);
        Assert.Equal(1, harness.Timers.Registrations);

        for (var tick = 0; tick < 2; tick++)
            await harness.Activate().ReceiveReminderAsync("look-again", [], TimeSpan.Zero, TimeSpan.Zero);
        looks.Received(2).Start("ann");
        await harness.Activate().EndErasureAsync();
        Assert.Empty(harness.Timers.Reminders);
        await harness.Activate().ReceiveReminderAsync("look-again", [], TimeSpan.Zero, TimeSpan.Zero);
        looks.Received(2).Start(Arg.Any<string>());
        // Who it was is forgotten, that he was erased is not.
        Assert.Equal(new CustomerRecord([], null, IsErased: true, LooksFor: null), (await harness.Activate().ReadAsync()) with { Claimed = [] });
        await harness.Activate().EraseAsync("ann");
        Assert.Empty(harness.Timers.Reminders);
    }

    private static ActorHarness<TActor> Harness<TActor>(Func<ActorHost, TActor> create, string id)
        where TActor : Actor => new(create, id, OrderActorJson.Default);

    private static AuditRecord Entry(int number) => new($"entry-{number}", Some.Noon, "sam", "order.refund", "order-1", "f1", "goodwill");
}
