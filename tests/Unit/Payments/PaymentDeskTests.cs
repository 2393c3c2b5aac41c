using Microsoft.Extensions.Time.Testing;
using NexusCart.Payments.Actors;
using NexusCart.Payments.Domain;
using NexusCart.Tests.Unit.Actors;

namespace NexusCart.Tests.Unit.Payments;

/// <summary>Tasks and reports, over the life of their actor.</summary>
public sealed class PaymentDeskTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ActorHarness<PaymentDeskActor> _harness;

    public PaymentDeskTests() => _harness = new(host => new PaymentDeskActor(host, _time), PaymentDeskActor.OnlyId, PaymentShardJson.Default);

    [Fact]
    public async Task A_task_is_open_once_and_done_once()
    {
        var desk = _harness.Activate();
        await desk.OpenAsync(Some("a"));
        await desk.OpenAsync(Some("a") with { Detail = "found again" });
        var done = Assert.Single(await desk.ResolveAsync(new("a", "jane", "paid by bank transfer")));
        Assert.Equal(("jane", "paid by bank transfer", _time.GetUtcNow()), (done.ResolvedBy, done.Note, done.ResolvedAt!.Value));
        Assert.Equal("jane", Assert.Single(await desk.ResolveAsync(new("a", "john", "me too"))).ResolvedBy);
        await desk.OpenAsync(Some("a"));

        var again = _harness.Activate();
        Assert.Empty((await again.ListAsync(new(Resolved: false, "", 10))).Tasks);
        Assert.Equal("what happened", Assert.Single((await again.ListAsync(new(Resolved: true, "", 10))).Tasks).Detail);
        Assert.Empty(await again.ResolveAsync(new("nothing", "jane", "")));
    }

    [Fact]
    public async Task Tasks_come_in_pages()
    {
        var desk = _harness.Activate();
        foreach (var id in new[] { "a", "b", "c" })
            await desk.OpenAsync(Some(id));
        var first = await desk.ListAsync(new(Resolved: false, "", 2));
        Assert.Equal(["a", "b"], first.Tasks.Select(task => task.Id));
        var second = await desk.ListAsync(new(Resolved: false, first.NextToken, 2));
        Assert.Equal(("c", ""), (Assert.Single(second.Tasks).Id, second.NextToken));
    }

    [Fact]
    public async Task The_last_reports_are_kept_newest_first()
    {
        var desk = _harness.Activate();
        for (var number = 0; number < 53; number++)
            await desk.FileAsync(new($"{number:00}", _time.GetUtcNow(), _time.GetUtcNow(), _time.GetUtcNow(), _time.GetUtcNow(), false, number, 0, [], 0));
        var kept = await _harness.Activate().ReportsAsync();
        Assert.Equal((50, "52", "03"), (kept.Count, kept[0].Id, kept[^1].Id));
    }

    private PaymentTask Some(string id) => new(id, PaymentTaskKinds.Anomaly, "order-1", 0, "EUR", "what happened", _time.GetUtcNow());
}
