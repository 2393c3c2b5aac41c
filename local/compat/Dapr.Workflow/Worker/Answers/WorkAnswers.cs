using Grpc.Core;
using Wire = NexusCart.TaskHub;

namespace Dapr.Workflow.Worker.Answers;

/// <summary>
/// Tells the sidecar what became of turns and activities, over one connection of a worker: on a stream where the sidecar offers one,
/// otherwise by a call each. A call is made again while the sidecar is away for a moment, since an item whose worker lives is not sent
/// again; an answer that is too large becomes a failure, or the workflow would wait for it for ever.
/// </summary>
/// <param name="client">Makes the calls.</param>
/// <param name="stream">The stream; null where the sidecar offers none.</param>
/// <param name="ended">Ends with the connection.</param>
internal sealed class WorkAnswers(Wire.TaskHubSidecarService.TaskHubSidecarServiceClient client, AnswerStream? stream, CancellationToken ended)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(5);

    /// <summary>Ends with the connection, and with it what nobody was told.</summary>
    internal CancellationToken Ended => ended;

    /// <summary>Tells what a turn decided; returns when that is stored.</summary>
    /// <exception cref="RpcException">The sidecar refuses it, or the connection ended.</exception>
    internal async Task GiveAsync(Wire.WorkflowResponse response)
    {
        if (stream is not null && await stream.TryGiveAsync(new Wire.Answer { Turn = response }))
            return;

        await CallAsync(
            () => client.CompleteOrchestratorTaskAsync(response, cancellationToken: ended),
            tooLarge => response = TooLarge(response, tooLarge));
    }

    /// <summary>Tells what an activity returned; returns when that is stored.</summary>
    /// <exception cref="RpcException">The sidecar refuses it, or the connection ended.</exception>
    internal async Task GiveAsync(Wire.ActivityResponse response)
    {
        if (stream is not null && await stream.TryGiveAsync(new Wire.Answer { Activity = response }))
            return;

        await CallAsync(
            () => client.CompleteActivityTaskAsync(response, cancellationToken: ended),
            tooLarge => response = TooLarge(response, tooLarge));
    }

    private async Task CallAsync(Func<AsyncUnaryCall<Wire.CompleteTaskResponse>> answer, Action<RpcException> onTooLarge)
    {
        for (var retry = FirstRetry; ; retry = retry * 2 < LongestRetry ? retry * 2 : LongestRetry)
        {
            try
            {
                await answer();
                return;
            }
            catch (RpcException tooLarge) when (tooLarge.StatusCode == StatusCode.ResourceExhausted)
            {
                onTooLarge(tooLarge);
                await answer();
                return;
            }
            catch (RpcException away) when (away.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
            {
                await Task.Delay(retry, ended);
            }
        }
    }

    private static Wire.ActivityResponse TooLarge(Wire.ActivityResponse response, RpcException reason) => new()
    {
        InstanceId = response.InstanceId,
        TaskId = response.TaskId,
        CompletionToken = response.CompletionToken,
        FailureDetails = TooLargeDetails(reason),
    };

    private static Wire.WorkflowResponse TooLarge(Wire.WorkflowResponse response, RpcException reason) => new()
    {
        InstanceId = response.InstanceId,
        CompletionToken = response.CompletionToken,
        Actions =
        {
            new Wire.WorkflowAction
            {
                CompleteWorkflow = new Wire.CompleteWorkflowAction
                {
                    WorkflowStatus = Wire.OrchestrationStatus.Failed,
                    FailureDetails = TooLargeDetails(reason),
                },
            },
        },
    };

    private static Wire.TaskFailureDetails TooLargeDetails(RpcException reason) => new()
    {
        ErrorType = "ResultTooLarge",
        ErrorMessage = $"The sidecar refused the result for its size: {reason.Status.Detail}",
        IsNonRetriable = true,
    };
}
