using System.Collections.Concurrent;
using Dapr.Workflow;
using Grpc.Core;

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

    [Fact]
    public async Task Suspend_holds_resume_lets_go_terminate_ends_children_too()
    {
        var (bed, client) = await WorkflowBed.StartAsync(options =>
        {
            options.RegisterWorkflow<string, string>("parent", (context, _) =>
                context.CallChildWorkflowAsync<string>("child", options: new ChildWorkflowTaskOptions("steered-child")));
            options.RegisterWorkflow<string?, string>("child", (context, _) => context.WaitForExternalEventAsync<string>("never"));
        });
        await using (bed)
        {
            await client.ScheduleNewWorkflowAsync("parent", "steered");
            await client.SuspendWorkflowAsync("steered", "because");
            Assert.Equal(WorkflowRuntimeStatus.Suspended, (await client.GetWorkflowStateAsync("steered")).RuntimeStatus);
            await client.ResumeWorkflowAsync("steered");
            Assert.Equal(WorkflowRuntimeStatus.Running, (await client.GetWorkflowStateAsync("steered")).RuntimeStatus);

            await client.WaitForWorkflowStartAsync("steered-child");
            await client.TerminateWorkflowAsync("steered", "enough");
            Assert.Equal(WorkflowRuntimeStatus.Terminated, (await client.GetWorkflowStateAsync("steered")).RuntimeStatus);
            var child = await client.WaitForWorkflowCompletionAsync("steered-child");
            Assert.Equal(WorkflowRuntimeStatus.Terminated, child.RuntimeStatus);

            Assert.True(await client.PurgeInstanceAsync("steered"));
            Assert.False((await client.GetWorkflowStateAsync("steered")).Exists);
            Assert.False((await client.GetWorkflowStateAsync("steered-child")).Exists);
        }
    }

    [Fact]
    public async Task An_active_id_is_refused_and_an_ended_one_is_replaced()
    {
        var (bed, client) = await WorkflowBed.StartAsync(options =>
        {
            options.RegisterWorkflow<string, string>("waits", (context, _) => context.WaitForExternalEventAsync<string>("go"));
            options.RegisterWorkflow<string, string>("echo", (_, input) => Task.FromResult(input));
        });
        await using (bed)
        {
            await client.ScheduleNewWorkflowAsync("waits", "one-id");
            var refused = await Assert.ThrowsAsync<RpcException>(() => client.ScheduleNewWorkflowAsync("echo", "one-id", "x"));
            Assert.Equal(StatusCode.Unknown, refused.StatusCode);
            Assert.Equal("failed to create workflow instance: an active workflow with ID 'one-id' already exists", refused.Status.Detail);

            await client.RaiseEventAsync("one-id", "go", "first");
            Assert.Equal("first", (await client.WaitForWorkflowCompletionAsync("one-id")).ReadOutputAs<string>());
            await client.ScheduleNewWorkflowAsync("echo", "one-id", "second");
            Assert.Equal("second", (await client.WaitForWorkflowCompletionAsync("one-id")).ReadOutputAs<string>());
        }
    }

    [Fact]
    public async Task Of_many_starts_of_one_id_one_succeeds()
    {
        var (bed, client) = await WorkflowBed.StartAsync(options =>
            options.RegisterWorkflow<string, string>("waits", (context, _) => context.WaitForExternalEventAsync<string>("go")));
        await using (bed)
        {
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
            {
                try
                {
                    await client.ScheduleNewWorkflowAsync("waits", "contended");
                    return true;
                }
                catch (RpcException)
                {
                    return false;
                }
            }));
            Assert.Single(outcomes, succeeded => succeeded);
        }
    }

    [Fact]
    public async Task A_workflow_sends_events_to_another()
    {
        var (bed, client) = await WorkflowBed.StartAsync(options =>
        {
            options.RegisterWorkflow<string, string>("receiver", (context, _) => context.WaitForExternalEventAsync<string>("letter"));
            options.RegisterWorkflow<string, string>("sender", (context, _) =>
            {
                context.SendEvent("receiver-1", "letter", "hello");
                return Task.FromResult("sent");
            });
        });
        await using (bed)
        {
            await client.ScheduleNewWorkflowAsync("receiver", "receiver-1");
            await client.ScheduleNewWorkflowAsync("sender", "sender-1");
            Assert.Equal("hello", (await client.WaitForWorkflowCompletionAsync("receiver-1")).ReadOutputAs<string>());
        }
    }

    [Fact]
    public async Task Activities_and_children_of_another_app_run_there()
    {
        await using var bed = WorkflowBed.Create();
        await bed.StartSidecarAsync();
        await bed.StartSidecarAsync("stock");
        var client = await bed.StartWorkerAsync(options => options.RegisterWorkflow<string, string>("caller", async (context, _) =>
            await context.CallActivityAsync<string>("where", options: new WorkflowTaskOptions(TargetAppId: "stock"))
            + await context.CallChildWorkflowAsync<string>("child", options: new ChildWorkflowTaskOptions("remote-child", TargetAppId: "stock"))));
        var there = await bed.StartWorkerAsync(
            options =>
            {
                options.RegisterActivity<object?, string>("where", (_, _) => Task.FromResult("there "));
                options.RegisterWorkflow<object?, string>("child", (_, _) => Task.FromResult("and there"));
            },
            "stock");
        await client.ScheduleNewWorkflowAsync("caller", "caller-1");
        Assert.Equal("there and there", (await client.WaitForWorkflowCompletionAsync("caller-1")).ReadOutputAs<string>());
        Assert.True((await there.GetWorkflowStateAsync("remote-child")).Exists);
        Assert.False((await client.GetWorkflowStateAsync("remote-child")).Exists);
    }

    [Fact]
    public async Task Waiting_for_a_missing_instance_says_so()
    {
        var (bed, client) = await WorkflowBed.StartAsync(_ => { });
        await using (bed)
        {
            Assert.False((await client.GetWorkflowStateAsync("nobody")).Exists);
            await Assert.ThrowsAsync<InvalidOperationException>(() => client.WaitForWorkflowCompletionAsync("nobody"));
            var missing = await Assert.ThrowsAsync<RpcException>(() => client.RaiseEventAsync("nobody", "x"));
            Assert.Equal("no such instance exists", missing.Status.Detail);
            await Assert.ThrowsAsync<RpcException>(() => client.PurgeInstanceAsync("nobody"));
        }
    }

    [Fact]
    public async Task Instances_are_listed_in_pages()
    {
        var (bed, client) = await WorkflowBed.StartAsync(options =>
            options.RegisterWorkflow<string, string>("echo", (_, input) => Task.FromResult(input)));
        await using (bed)
        {
            var ids = Enumerable.Range(0, 7).Select(i => $"listed-{i}").ToList();
            foreach (var id in ids)
            {
                await client.ScheduleNewWorkflowAsync("echo", id, "x");
                await client.WaitForWorkflowCompletionAsync(id);
            }

            var found = new List<string>();
            string? token = null;
            do
            {
                var page = await client.ListInstanceIdsAsync(token, pageSize: 3);
                Assert.True(page.InstanceIds.Count <= 3);
                found.AddRange(page.InstanceIds);
                token = page.ContinuationToken;
            }
            while (token is not null);
            Assert.Equal(ids, found.Order());
        }
    }
}
