using Dapr.Workflow;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace NexusCart.Tests.Chaos.Blocks;

/// <summary>Workflows with activities on both sides of an external event; acknowledged are the start and the event.</summary>
internal sealed class WorkflowLoad : IBlockLoad
{
    private DaprWorkflowClient _client = null!;

    public void Configure(IServiceCollection services, VictimSidecar sidecar) => services.AddDaprWorkflow(options =>
    {
        options.RegisterWorkflow<int, int>("approval", async (context, number) =>
        {
            var doubled = await context.CallActivityAsync<int>("double", number);
            var approved = await context.WaitForExternalEventAsync<int>("approve");
            return await context.CallActivityAsync<int>("double", doubled + approved);
        });
        options.RegisterActivity<int, int>("double", (_, value) => Task.FromResult(2 * value));
    });

    public void Map(WebApplication app) => _client = app.Services.GetRequiredService<DaprWorkflowClient>();

    /// <summary>The app's client sits out the backoff of its broken connection.</summary>
    public Task ReadyAsync(SidecarClients sidecar) => Eventually.TrueAsync(async () =>
    {
        try
        {
            await _client.GetWorkflowStateAsync("nobody");
            return true;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
        {
            return false;
        }
    }, "the app does not find the sidecar");

    public async Task ActAsync(SidecarClients sidecar, int number)
    {
        await _client.ScheduleNewWorkflowAsync("approval", $"approval-{number}", number);
        await _client.RaiseEventAsync($"approval-{number}", "approve", 1);
    }

    public Task VerifyAsync(SidecarClients sidecar, IReadOnlyCollection<int> acknowledged, IReadOnlyCollection<int> unanswered) =>
        Parallel.ForEachAsync(acknowledged, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (number, cancellation) =>
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(TimeSpan.FromSeconds(60));
            var end = await _client.WaitForWorkflowCompletionAsync($"approval-{number}", cancellation: limit.Token);
            Assert.Equal(WorkflowRuntimeStatus.Completed, end.RuntimeStatus);
            Assert.Equal((4 * number) + 2, end.ReadOutputAs<int>());
        });
}
