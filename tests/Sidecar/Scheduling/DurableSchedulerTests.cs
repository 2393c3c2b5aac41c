using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NexusCart.Sidecar.Scheduling;
using NexusCart.Sidecar.Storage;

namespace NexusCart.Tests.Sidecar.Scheduling;

public sealed class DurableSchedulerTests : IAsyncDisposable
{
    private const string Group = "group";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly ConcurrentQueue<string> _runs = new();
    private readonly SemaphoreSlim _ran = new(0);
    private EmbeddedDatabase _database;
    private DurableScheduler _scheduler;
    private Func<JobDefinition, JobResult> _answer = _ => JobResult.Succeeded;

    public DurableSchedulerTests() => (_database, _scheduler) = Open();

    [Fact]
    public async Task A_job_with_a_due_time_runs_once()
    {
        Attach();
        await ScheduleAsync("a", dueTime: "10s");

        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Empty(_runs);
        await AdvanceToRunAsync(1);
        await GoneAsync("a");

        Assert.Equal(["a@10"], _runs);
    }

    [Fact]
    public async Task A_repeating_job_keeps_its_rhythm_until_its_count_is_reached()
    {
        Attach();
        await ScheduleAsync("a", schedule: "@every 5s", dueTime: "2s", repeats: 3);

        await AdvanceToRunAsync(2);
        await AdvanceToRunAsync(5);
        await AdvanceToRunAsync(5);
        await GoneAsync("a");

        Assert.Equal(["a@2", "a@7", "a@12"], _runs);
    }

    [Fact]
    public async Task Without_a_due_time_the_first_run_is_one_period_away()
    {
        Attach();
        await ScheduleAsync("a", schedule: "@every 5s");

        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Empty(_runs);
        await AdvanceToRunAsync(1);
        Assert.Equal(["a@5"], _runs);
    }

    [Fact]
    public async Task After_its_time_to_live_a_job_is_gone()
    {
        Attach();
        await ScheduleAsync("a", schedule: "@every 5s", dueTime: "5s", ttl: "7s");

        await AdvanceToRunAsync(5);
        await AdvanceToRunAsync(5);
        await GoneAsync("a");

        Assert.Equal(["a@5", "a@10"], _runs);
    }

    [Fact]
    public async Task A_failed_run_is_tried_three_more_times_and_then_the_next_one_awaited()
    {
        _answer = _ => JobResult.Failed;
        Attach();
        await ScheduleAsync("a", schedule: "@every 1m", dueTime: "0s");

        await AdvanceToRunAsync(0);
        for (var retry = 0; retry < 3; retry++)
            await AdvanceToRunAsync(1);
        _answer = _ => JobResult.Succeeded;
        await AdvanceToRunAsync(57);

        Assert.Equal(["a@0", "a@1", "a@2", "a@3", "a@60"], _runs);
    }

    [Fact]
    public async Task A_policy_says_how_often_and_when_to_try_again()
    {
        _answer = _ => JobResult.Failed;
        Attach();
        await ScheduleAsync("drop", dueTime: "1s", policy: FailurePolicy.Drop);
        await AdvanceToRunAsync(1);
        await GoneAsync("drop");

        await ScheduleAsync("once", dueTime: "0s", policy: new FailurePolicy(TimeSpan.FromSeconds(30), 1));
        await AdvanceToRunAsync(0);
        await AdvanceToRunAsync(30);
        await GoneAsync("once");

        Assert.Equal(["drop@1", "once@1", "once@31"], _runs);
    }

    [Fact]
    public async Task A_job_that_throws_has_failed()
    {
        _answer = _ => _runs.Count == 1 ? throw new InvalidOperationException("boom") : JobResult.Succeeded;
        Attach();
        await ScheduleAsync("a", dueTime: "0s");

        await AdvanceToRunAsync(0);
        await AdvanceToRunAsync(1);
        await GoneAsync("a");

        Assert.Equal(["a@0", "a@1"], _runs);
    }

    [Fact]
    public async Task A_run_may_end_its_job()
    {
        _answer = _ => JobResult.Cancelled;
        Attach();
        await ScheduleAsync("a", schedule: "@every 1s", dueTime: "0s");

        await AdvanceToRunAsync(0);
        await GoneAsync("a");
    }

    [Fact]
    public async Task Nobody_to_run_it_costs_no_attempt()
    {
        var undeliverable = 5;
        _answer = _ => undeliverable-- > 0 ? JobResult.Undeliverable : JobResult.Succeeded;
        Attach();
        await ScheduleAsync("a", dueTime: "0s");

        await AdvanceToRunAsync(0);
        for (var i = 0; i < 5; i++)
            await AdvanceToRunAsync(1);
        await GoneAsync("a");

        Assert.Equal(6, _runs.Count);
    }

    [Fact]
    public async Task Due_jobs_wait_for_a_handler()
    {
        await ScheduleAsync("a", dueTime: "1s");
        await ScheduleAsync("b", dueTime: "2s");
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Empty(_runs);

        Attach();
        await RanAsync();
        await RanAsync();

        Assert.Equal(["a@5", "b@5"], _runs.Order());
    }

    [Fact]
    public async Task A_group_without_a_handler_any_more_waits_again()
    {
        Attach();
        _scheduler.Detach(Group);
        await ScheduleAsync("a", dueTime: "0s");
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Empty(_runs);

        Attach();
        await RanAsync();
        Assert.Equal(["a@5"], _runs);
    }

    [Fact]
    public async Task The_same_name_replaces_unless_it_must_not()
    {
        Attach();
        await ScheduleAsync("a", dueTime: "1s");
        await ScheduleAsync("a", dueTime: "3s");
        await Assert.ThrowsAsync<JobExistsException>(() => ScheduleAsync("a", dueTime: "2s", overwrite: false));

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty(_runs);
        await AdvanceToRunAsync(1);
        await GoneAsync("a");
        await ScheduleAsync("a", dueTime: "2s", overwrite: false);
    }

    [Fact]
    public async Task What_is_under_way_when_its_job_is_replaced_counts_for_nothing()
    {
        var entered = new TaskCompletionSource();
        var release = new TaskCompletionSource<JobResult>();
        _scheduler.Attach(Group, (job, _) =>
        {
            if (job.DueTime != "0s")
                return HandleAsync(job);
            entered.SetResult();
            return release.Task;
        });
        await ScheduleAsync("a", dueTime: "0s");
        await entered.Task.WaitAsync(Limit);

        await ScheduleAsync("a", dueTime: "5s");
        release.SetResult(JobResult.Succeeded);
        await AdvanceToRunAsync(5);

        Assert.Equal(["a@5"], _runs);
    }

    [Fact]
    public async Task A_deleted_job_never_runs()
    {
        Attach();
        await ScheduleAsync("a", dueTime: "1s");
        await _scheduler.DeleteAsync(Id("a"));
        await _scheduler.DeleteAsync(Id("a"));
        await ScheduleAsync("b", dueTime: "2s");
        await AdvanceToRunAsync(2);

        Assert.Equal(["b@2"], _runs);
    }

    [Fact]
    public async Task Everything_is_there_again_after_a_restart_and_missed_runs_are_made_up_for()
    {
        await ScheduleAsync("once", dueTime: "10s", data: "payload"u8.ToArray());
        await ScheduleAsync("often", schedule: "@every 10s", dueTime: "5s", ttl: "1h", repeats: 5);
        await ScheduleAsync("gone", dueTime: "1s");
        await _scheduler.DeleteAsync(Id("gone"));
        Attach();
        await AdvanceToRunAsync(5);
        await ProgressAsync();

        await RestartAsync();
        _time.Advance(TimeSpan.FromSeconds(31));
        var found = await _scheduler.FindAsync(Id("once"));
        Assert.Equal("payload"u8.ToArray(), found!.Data!.Value.ToArray());
        Assert.Equal("10s", found.DueTime);
        Attach();
        for (var i = 0; i < 4; i++)
            await RanAsync();

        Assert.Equal(["often@36", "often@36", "often@36", "often@5", "once@36"], _runs.Order());
    }

    [Fact]
    public async Task Attempts_are_remembered_over_a_restart()
    {
        _answer = _ => JobResult.Failed;
        Attach();
        await ScheduleAsync("a", dueTime: "0s");
        await AdvanceToRunAsync(0);
        await AdvanceToRunAsync(1);
        await ProgressAsync();

        await RestartAsync();
        Attach();
        await RanAsync();
        await AdvanceToRunAsync(1);
        await GoneAsync("a");

        Assert.Equal(4, _runs.Count);
    }

    [Fact]
    public async Task Jobs_can_be_listed_by_owner()
    {
        foreach (var (owner, name) in new[] { ("o1", "b"), ("o2", "a"), ("o1", "a") })
            await _scheduler.ScheduleAsync(JobDefinition.Create(new JobId(Group, owner, name), null, "1h", null, null, _time.GetUtcNow()), true);

        Assert.Equal(["o1/a", "o1/b", "o2/a"], (await _scheduler.ListAsync(Group, null)).Select(job => job.Id.Owner + "/" + job.Id.Name));
        Assert.Equal(["a", "b"], (await _scheduler.ListAsync(Group, "o1")).Select(job => job.Id.Name));
        Assert.Empty(await _scheduler.ListAsync("other", null));
    }

    [Theory]
    [InlineData(null, null, null, null, "job must have either a due time or a schedule")]
    [InlineData(null, "1s", "5s", null, "job must have a schedule to have a ttl")]
    [InlineData("@every 1s", "soon", null, null, "due time format not recognized")]
    [InlineData("@every 1s", "1s", "x", null, "ttl format not recognized")]
    [InlineData("@every 1s", "10s", "-5s", null, "ttl must be greater than due time")]
    [InlineData("@every 1s", null, null, 0, "defined repeats must be greater than 0")]
    [InlineData(null, "1s", null, 2, "job must have a schedule to repeat")]
    public void Times_that_do_not_go_together_are_refused(string? schedule, string? dueTime, string? ttl, int? repeats, string message) =>
        Assert.Equal(
            message,
            Assert.Throws<JobRefusedException>(() => JobDefinition.Create(Id("a"), schedule, dueTime, ttl, repeats, _time.GetUtcNow())).Message);

    [Fact]
    public async Task Many_thousand_jobs_wait_behind_one_timer_and_all_run()
    {
        const int Count = 20_000;
        await Task.WhenAll(Enumerable.Range(0, Count).Select(i => ScheduleAsync("job" + i, dueTime: $"{1 + (i % 60)}s")));
        await RestartAsync();
        Attach();

        for (var second = 0; second < 60; second++)
            _time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < Count; i++)
            await RanAsync();

        Assert.Equal(Count, _runs.Select(run => run.Split('@')[0]).Distinct().Count());
    }

    public async ValueTask DisposeAsync()
    {
        await _scheduler.DisposeAsync();
        await _database.DisposeAsync();
        _folder.Dispose();
        _ran.Dispose();
    }

    private static JobId Id(string name) => new(Group, "owner", name);

    private (EmbeddedDatabase Database, DurableScheduler Scheduler) Open()
    {
        var database = new EmbeddedDatabase(new EmbeddedDatabaseOptions { Path = _folder.File("scheduler.db") }, NullLogger.Instance);
        return (database, new DurableScheduler(database, _time, NullLogger.Instance));
    }

    private async Task RestartAsync()
    {
        await _scheduler.DisposeAsync();
        await _database.DisposeAsync();
        (_database, _scheduler) = Open();
    }

    private Task ScheduleAsync(
        string name, string? dueTime = null, string? schedule = null, string? ttl = null, long? repeats = null, bool overwrite = true,
        FailurePolicy? policy = null, byte[]? data = null)
    {
        var job = JobDefinition.Create(Id(name), schedule, dueTime, ttl, repeats, _time.GetUtcNow());
        return _scheduler.ScheduleAsync(job with { Data = data, FailurePolicy = policy ?? FailurePolicy.Default }, overwrite);
    }

    private void Attach() => _scheduler.Attach(Group, (job, _) => HandleAsync(job));

    private Task<JobResult> HandleAsync(JobDefinition job)
    {
        _runs.Enqueue($"{job.Id.Name}@{(_time.GetUtcNow() - _time.Start).TotalSeconds:0}");
        try
        {
            return Task.FromResult(_answer(job));
        }
        finally
        {
            _ran.Release();
        }
    }

    /// <summary>Lets the time pass in which the next run must come.</summary>
    private async Task AdvanceToRunAsync(int seconds)
    {
        await ProgressAsync();
        _time.Advance(TimeSpan.FromSeconds(seconds));
        await RanAsync();
    }

    private async Task RanAsync()
    {
        if (!await _ran.WaitAsync(Limit))
            Assert.Fail($"no run came; seen: {string.Join(' ', _runs)}");
    }

    /// <summary>Waits until what runs changed is written and queued again.</summary>
    private async Task ProgressAsync()
    {
        var deadline = DateTime.UtcNow + Limit;
        while (_scheduler.RunsUnderWay > 0)
        {
            Assert.True(DateTime.UtcNow < deadline, "a run does not end");
            await Task.Delay(1);
        }
    }

    private async Task GoneAsync(string name)
    {
        var deadline = DateTime.UtcNow + Limit;
        while (await _scheduler.FindAsync(Id(name)) is not null)
        {
            Assert.True(DateTime.UtcNow < deadline, $"job {name} is still there");
            await Task.Delay(5);
        }
    }
}
