using System.Collections.Concurrent;
using Dapr.Workflow;

namespace NexusCart.Tests.Sidecar.Workflows;

/// <summary>Workflows written against the stand-in, run by its worker on the sidecar's engine.</summary>
public sealed class StandInWorkflowTests
{
    private static readonly WorkflowRetryPolicy ThreeTries = new(3, TimeSpan.FromMilliseconds(20), 2);

    [Fact]
    public async Task Activities_run_one_after_the_other_and_their_results_come_back()
    {
        var (bed, client) = await WorkflowBed.StartAsync(options =>
        {
            options.RegisterWorkflow<int, int>("sum", async (context, count) =>
            {
                var value = 0;
                for (var i = 0; i < count; i++)
                    value = await context.CallActivityAsync<int>("increment", value);
                return value;
            });
            options.RegisterActivity<int, int>("increment", (_, value) => Task.FromResult(value + 1));
        });
        await using (bed)
        {
            var id = await client.ScheduleNewWorkflowAsync("sum", "sum-1", 5);
            var state = await client.WaitForWorkflowCompletionAsync(id);
            Assert.Equal(WorkflowRuntimeStatus.Completed, state.RuntimeStatus);
            Assert.Equal(5, state.ReadOutputAs<int>());
            Assert.Equal(5, state.ReadInputAs<int>());
            Assert.Equal("sum", state.WorkflowName);
        }
    }

    [Fact]
    public async Task Fan_out_collects_results_in_call_order()
    {
        var (bed, client) = await WorkflowBed.StartAsync(options =>
        {
            options.RegisterWorkflow<int, int[]>("fan", (context, count) =>
                context.ProcessInParallelAsync(Enumerable.Range(0, count), i => context.CallActivityAsync<int>("square", i), maxConcurrency: 7));
            options.RegisterActivity<int, int>("square", (_, value) => Task.FromResult(value * value));
        });
        await using (bed)
        {
            await client.ScheduleNewWorkflowAsync("fan", "fan-1", 40);
            var state = await client.WaitForWorkflowCompletionAsync("fan-1");
            Assert.Equal(Enumerable.Range(0, 40).Select(i => i * i), state.ReadOutputAs<int[]>()!);
        }
    }

    [Fact]
    public async Task A_failing_activity_is_retried_by_policy_and_then_succeeds()
    {
        var attempts = new ConcurrentBag<string>();
        var (bed, client) = await WorkflowBed.StartAsync(options =>
        {
            options.RegisterWorkflow<string, string>("stubborn", (context, _) =>
                context.CallActivityAsync<string>("flaky", options: new WorkflowTaskOptions(ThreeTries)));
            options.RegisterActivity<string?, string>("flaky", (context, _) =>
            {
                attempts.Add(context.TaskExecutionKey);
                return attempts.Count < 3 ? throw new TimeoutException("not yet") : Task.FromResult($"done at {attempts.Count}");
            });
        });
        await using (bed)
        {
            await client.ScheduleNewWorkflowAsync("stubborn", "stubborn-1");
            var state = await client.WaitForWorkflowCompletionAsync("stubborn-1");
            Assert.Equal("done at 3", state.ReadOutputAs<string>());
            Assert.Equal(3, attempts.Distinct().Count());
            var history = await client.GetInstanceHistoryAsync("stubborn-1");
            Assert.Equal(2, history.Count(item => item.EventType == Dapr.Workflow.Client.WorkflowHistoryEventType.TimerFired));
        }
    }

    [Fact]
    public async Task When_attempts_are_used_up_the_workflow_sees_the_failure()
    {
        var (bed, client) = await WorkflowBed.StartAsync(options =>
        {
            options.RegisterWorkflow<string, string>("doomed", async (context, _) =>
            {
                try
                {
                    return await context.CallActivityAsync<string>("fails", options: new WorkflowTaskOptions(ThreeTries));
                }
                catch (WorkflowTaskFailedException failed)
                {
                    return $"{failed.Message}|{failed.FailureDetails.ErrorType}|{failed.FailureDetails.IsCausedBy<ArgumentException>()}";
                }
            });
            options.RegisterActivity<string?, string>("fails", (_, _) => throw new ArgumentNullException("sku", "no such SKU"));
        });
        await using (bed)
        {
            await client.ScheduleNewWorkflowAsync("doomed", "doomed-1");
            var state = await client.WaitForWorkflowCompletionAsync("doomed-1");
            Assert.Equal("Task failed: no such SKU (Parameter 'sku')|System.ArgumentNullException|True", state.ReadOutputAs<string>());
        }
    }

    [Fact]
    public async Task A_workflow_that_throws_has_failed_with_the_details()
    {
        var (bed, client) = await WorkflowBed.StartAsync(options =>
            options.RegisterWorkflow<string, string>("throws", (_, _) => throw new InvalidOperationException("no stock")));
        await using (bed)
        {
            await client.ScheduleNewWorkflowAsync("throws", "throws-1");
            var state = await client.WaitForWorkflowCompletionAsync("throws-1");
            Assert.Equal(WorkflowRuntimeStatus.Failed, state.RuntimeStatus);
            Assert.True(state.IsWorkflowCompleted);
            Assert.Equal("System.InvalidOperationException", state.FailureDetails!.ErrorType);
            Assert.Equal("no stock", state.FailureDetails.ErrorMessage);
            Assert.Contains("StandInWorkflowTests", state.FailureDetails.StackTrace);
        }
    }

    [Fact]
    public async Task Unknown_names_fail_and_say_so()
    {
        var (bed, client) = await WorkflowBed.StartAsync(options => options.RegisterWorkflow<string, string>(
            "caller", (context, _) => context.CallActivityAsync<string>("nobody")));
        await using (bed)
        {
            await client.ScheduleNewWorkflowAsync("nothing", "unknown-1");
            var workflow = await client.WaitForWorkflowCompletionAsync("unknown-1");
            Assert.Equal("WorkflowNotFound", workflow.FailureDetails!.ErrorType);

            await client.ScheduleNewWorkflowAsync("CALLER", "unknown-2");
            var activity = await client.WaitForWorkflowCompletionAsync("unknown-2");
            Assert.Equal("Task failed: Activity 'nobody' not found", activity.FailureDetails!.ErrorMessage);
        }
    }

    [Fact]
    public async Task Events_are_buffered_in_order_and_names_ignore_case()
    {
        var (bed, client) = await WorkflowBed.StartAsync(options => options.RegisterWorkflow<string, string>("listens", async (context, _) =>
        {
            await context.WaitForExternalEventAsync<object>("begin");
            var first = await context.WaitForExternalEventAsync<string>("item");
            var second = await context.WaitForExternalEventAsync<string>("ITEM");
            return first + second;
        }));
        await using (bed)
        {
            await client.ScheduleNewWorkflowAsync("listens", "listens-1");
            await client.RaiseEventAsync("listens-1", "Item", "a");
            await client.RaiseEventAsync("listens-1", "item", "b");
            await client.RaiseEventAsync("listens-1", "begin");
            Assert.Equal("ab", (await client.WaitForWorkflowCompletionAsync("listens-1")).ReadOutputAs<string>());
        }
    }

    [Fact]
    public async Task Waiting_for_an_event_ends_by_its_timeout()
    {
        var (bed, client) = await WorkflowBed.StartAsync(options => options.RegisterWorkflow<double, string>("waits", async (context, milliseconds) =>
        {
            try
            {
                return await context.WaitForExternalEventAsync<string>("approval", TimeSpan.FromMilliseconds(milliseconds));
            }
            catch (TaskCanceledException)
            {
                return "timed out";
            }
        }));
        await using (bed)
        {
            await client.ScheduleNewWorkflowAsync("waits", "late", 50d);
            Assert.Equal("timed out", (await client.WaitForWorkflowCompletionAsync("late")).ReadOutputAs<string>());

            await client.ScheduleNewWorkflowAsync("waits", "early", 60_000d);
            await client.RaiseEventAsync("early", "approval", "yes");
            Assert.Equal("yes", (await client.WaitForWorkflowCompletionAsync("early")).ReadOutputAs<string>());
        }
    }

    [Fact]
    public async Task Children_return_results_and_failures_to_their_parent()
    {
        var (bed, client) = await WorkflowBed.StartAsync(options =>
        {
            options.RegisterWorkflow<string, string>("parent", async (context, _) =>
            {
                var good = await context.CallChildWorkflowAsync<string>("child", "x", new ChildWorkflowTaskOptions("the-child"));
                try
                {
                    await context.CallChildWorkflowAsync("child");
                    return "not here";
                }
                catch (WorkflowTaskFailedException failed)
                {
                    return $"{good} {failed.Message}: {failed.FailureDetails.ErrorMessage}";
                }
            });
            options.RegisterWorkflow<string?, string>("child", (_, input) =>
                input is null ? throw new InvalidOperationException("no input") : Task.FromResult(input + "!"));
        });
        await using (bed)
        {
            await client.ScheduleNewWorkflowAsync("parent", "parent-1");
            var state = await client.WaitForWorkflowCompletionAsync("parent-1");
            Assert.Equal("x! Child workflow 'child' failed: no input", state.ReadOutputAs<string>());
            Assert.Equal("x!", (await client.GetWorkflowStateAsync("the-child")).ReadOutputAs<string>());
        }
    }

    [Fact]
    public async Task Continue_as_new_keeps_events_that_nobody_took()
    {
        var (bed, client) = await WorkflowBed.StartAsync(options => options.RegisterWorkflow<List<int>, List<int>>("collect", async (context, got) =>
        {
            got ??= [];
            got.Add(await context.WaitForExternalEventAsync<int>("number"));
            if (got.Count == 5)
                return got;
            context.ContinueAsNew(got);
            return got;
        }));
        await using (bed)
        {
            await client.ScheduleNewWorkflowAsync("collect", "collect-1");
            for (var i = 1; i <= 5; i++)
                await client.RaiseEventAsync("collect-1", "number", i);
            var state = await client.WaitForWorkflowCompletionAsync("collect-1");
            Assert.Equal([1, 2, 3, 4, 5], state.ReadOutputAs<List<int>>()!);
            Assert.True((await client.GetInstanceHistoryAsync("collect-1")).Count <= 8);
        }
    }

    [Fact]
    public async Task Many_generations_in_a_row_run_through()
    {
        var (bed, client) = await WorkflowBed.StartAsync(options => options.RegisterWorkflow<int, string>("countdown", (context, left) =>
        {
            if (left > 0)
                context.ContinueAsNew(left - 1);
            return Task.FromResult("end");
        }));
        await using (bed)
        {
            await client.ScheduleNewWorkflowAsync("countdown", "countdown-1", 75);
            Assert.Equal("end", (await client.WaitForWorkflowCompletionAsync("countdown-1")).ReadOutputAs<string>());
        }
    }

    [Fact]
    public async Task Custom_status_time_and_ids_are_seen_and_stay_the_same_at_replay()
    {
        var ids = new ConcurrentBag<Guid>();
        var times = new ConcurrentBag<DateTime>();
        var (bed, client) = await WorkflowBed.StartAsync(options =>
        {
            options.RegisterWorkflow<string, string>("steady", async (context, _) =>
            {
                ids.Add(context.NewGuid());
                times.Add(context.CurrentUtcDateTime);
                context.SetCustomStatus("waiting");
                await context.WaitForExternalEventAsync<object>("go");
                context.SetCustomStatus("going");
                await context.CallActivityAsync("nothing");
                return "ok";
            });
            options.RegisterActivity<object?, object?>("nothing", (_, _) => Task.FromResult<object?>(null));
        });
        await using (bed)
        {
            await client.ScheduleNewWorkflowAsync("steady", "steady-1");
            Assert.Equal("waiting", (await client.GetWorkflowStateAsync("steady-1")).ReadCustomStatusAs<string>());
            await client.RaiseEventAsync("steady-1", "go");
            var state = await client.WaitForWorkflowCompletionAsync("steady-1");
            Assert.Equal("going", state.ReadCustomStatusAs<string>());
            Assert.Equal(3, ids.Count);
            Assert.Single(ids.Distinct());
            Assert.Single(times.Distinct());
        }
    }
}
