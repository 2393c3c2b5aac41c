using Dapr.Workflow.Registration;
using Dapr.Workflow.Worker.Answers;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Wire = NexusCart.TaskHub;

namespace Dapr.Workflow.Worker;

/// <summary>
/// Takes turns and activities from the sidecar and answers them. What it had not answered when the connection ends comes again, to it
/// or to another worker.
/// </summary>
internal sealed class WorkflowWorker(
    SidecarConnection sidecar,
    WorkflowRuntimeOptions options,
    TurnRunner turns,
    ActivityRunner activities,
    ILogger<WorkflowWorker> logger) : BackgroundService
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan HelloInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan HelloTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DrainStep = TimeSpan.FromMilliseconds(20);

    private readonly Wire.TaskHubSidecarService.TaskHubSidecarServiceClient _client = new(sidecar.Invoker);
    private readonly SemaphoreSlim _turnSlots = new(options.WorkflowLimit);
    private readonly SemaphoreSlim _activitySlots = new(options.ActivityLimit);
    private readonly CancellationTokenSource _connection = new();
    private volatile bool _isStopping;
    private int _running;

    /// <summary>Takes no more work, lets what runs finish as long as the host waits, and disconnects.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // The connection stays until then: its end would have others begin again what is about to finish here.
        _isStopping = true;
        while (Volatile.Read(ref _running) > 0 && !cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(DrainStep, CancellationToken.None);
        }

        await _connection.CancelAsync();
        await base.StopAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _turnSlots.Dispose();
        _activitySlots.Dispose();
        _connection.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var stop = _connection.Token;
        var retry = FirstRetry;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await _client.HelloAsync(new Empty(), deadline: DateTime.UtcNow + HelloTimeout, cancellationToken: stop);
                logger.LogInformation("Connected to the sidecar for workflows");
                retry = FirstRetry;
                await ServeAsync(stop);
                logger.LogInformation("The sidecar ended the workflow connection");
            }
            catch (Exception gone) when (gone is RpcException or IOException or OperationCanceledException)
            {
                if (stop.IsCancellationRequested)
                    return;

                logger.LogInformation("No workflow connection to the sidecar ({Reason}); next try in {Delay}", Reason(gone), retry);
            }

            await Task.Delay(retry, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            retry = retry * 2 < LongestRetry ? retry * 2 : LongestRetry;
        }
    }

    private static string Reason(Exception gone) => gone is RpcException rpc ? $"{rpc.StatusCode}: {rpc.Status.Detail}" : gone.Message;

    /// <summary>Serves one connection until it ends.</summary>
    private async Task ServeAsync(CancellationToken stop)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var stream = _client.GetWorkItems(new Wire.GetWorkItemsRequest(), cancellationToken: ended.Token);
        var alive = ProbeAsync(ended);
        AnswerStream? together = null;
        try
        {
            together = AnswerStream.TryOpen(await stream.ResponseHeadersAsync, sidecar.Invoker, ended.Token);
            var answers = new WorkAnswers(_client, together, ended.Token);
            await foreach (var item in stream.ResponseStream.ReadAllAsync(ended.Token))
            {
                if (!_isStopping)
                    Begin(item, answers);

                // Items come in bursts, since a sidecar commits in groups. Begun all at once they would keep the thread pool from what
                // makes the calls that answer them, which pile up in buffers that no pool holds so many of.
                if (together is null)
                    await Task.Yield();
            }
        }
        finally
        {
            await ended.CancelAsync();
            await alive;
            if (together is not null)
                await together.DisposeAsync();
        }
    }

    /// <summary>Ends a connection over which the sidecar does not answer.</summary>
    private async Task ProbeAsync(CancellationTokenSource connection)
    {
        using var timer = new PeriodicTimer(HelloInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(connection.Token))
            {
                await _client.HelloAsync(new Empty(), deadline: DateTime.UtcNow + HelloTimeout, cancellationToken: connection.Token);
            }
        }
        catch (Exception gone) when (gone is RpcException or OperationCanceledException)
        {
            await connection.CancelAsync();
        }
    }

    private void Begin(Wire.WorkItem item, WorkAnswers answers)
    {
        Interlocked.Increment(ref _running);
        switch (item.RequestCase)
        {
            case Wire.WorkItem.RequestOneofCase.WorkflowRequest:
                _ = Task.Run(() => RunTurnAsync(item.WorkflowRequest, item.CompletionToken, answers), CancellationToken.None);
                break;
            case Wire.WorkItem.RequestOneofCase.ActivityRequest:
                _ = Task.Run(() => RunActivityAsync(item.ActivityRequest, item.CompletionToken, answers), CancellationToken.None);
                break;
            default:
                Interlocked.Decrement(ref _running);
                break;
        }
    }

    private async Task RunTurnAsync(Wire.WorkflowRequest request, string token, WorkAnswers answers)
    {
        var connection = answers.Ended;
        try
        {
            Wire.WorkflowResponse? response;
            await _turnSlots.WaitAsync(connection);
            try
            {
                await FetchPastAsync(request, connection);
                response = await turns.RunAsync(request);
            }
            finally
            {
                _turnSlots.Release();
            }

            if (response is null)
                return;

            response.CompletionToken = token;
            await answers.GiveAsync(response);
        }
        catch (Exception failure) when (IsConnectionEnd(failure, connection))
        {
            logger.LogDebug("A turn of workflow {Instance} was not answered: the connection ended", request.InstanceId);
        }
#pragma warning disable CA1031 // Nobody awaits this task; what is unforeseen must be seen.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            logger.LogError(failure, "A turn of workflow {Instance} could not be answered", request.InstanceId);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    private async Task RunActivityAsync(Wire.ActivityRequest request, string token, WorkAnswers answers)
    {
        var connection = answers.Ended;
        try
        {
            Wire.ActivityResponse response;
            await _activitySlots.WaitAsync(connection);
            try
            {
                response = await activities.RunAsync(request);
            }
            finally
            {
                _activitySlots.Release();
            }

            response.CompletionToken = token;
            await answers.GiveAsync(response);
        }
        catch (Exception failure) when (IsConnectionEnd(failure, connection))
        {
            logger.LogDebug("Activity {Name} of workflow {Instance} was not answered: the connection ended", request.Name, request.WorkflowInstance?.InstanceId);
        }
#pragma warning disable CA1031 // Nobody awaits this task; what is unforeseen must be seen.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            logger.LogError(failure, "Activity {Name} of workflow {Instance} could not be answered", request.Name, request.WorkflowInstance?.InstanceId);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    /// <summary>A past that is too large for the work item is asked for.</summary>
    private async Task FetchPastAsync(Wire.WorkflowRequest request, CancellationToken connection)
    {
        if (!request.RequiresHistoryStreaming)
            return;

        var history = await _client.GetInstanceHistoryAsync(
            new Wire.GetInstanceHistoryRequest { InstanceId = request.InstanceId },
            cancellationToken: connection);
        request.PastEvents.Clear();
        request.PastEvents.AddRange(history.Events);
    }

    private static bool IsConnectionEnd(Exception failure, CancellationToken connection) =>
        connection.IsCancellationRequested && failure is RpcException or OperationCanceledException;
}
