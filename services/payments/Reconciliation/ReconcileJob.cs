using System.Net.Http.Json;
using System.Text.Json.Serialization;

namespace NexusCart.Payments.Reconciliation;

/// <summary>
/// Has Dapr's scheduler run the reconciliation: the job outlives restarts, and each of its runs goes to one replica. What fails
/// is run again by the scheduler.
/// </summary>
public sealed partial class ReconcileJob(
    IHttpClientFactory clients, ReconcilerOptions options, IConfiguration configuration, TimeProvider time, ILogger<ReconcileJob> logger) : BackgroundService
{
    /// <summary>The job's name.</summary>
    public const string Name = "payments-reconcile";

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The sidecar, or its scheduler, may come up after the service.
        for (var pause = TimeSpan.FromMilliseconds(250); ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await ScheduleAsync(stoppingToken);
                return;
            }
            catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException && !stoppingToken.IsCancellationRequested)
            {
                LogWaiting(logger, failure.Message);
            }

            await Task.Delay(pause, time, stoppingToken);
        }
    }

    private async Task ScheduleAsync(CancellationToken cancellationToken)
    {
        using var client = clients.CreateClient();
        client.Timeout = TimeSpan.FromSeconds(5);
        var sidecar = configuration["DAPR_HTTP_ENDPOINT"] ?? $"http://127.0.0.1:{configuration["DAPR_HTTP_PORT"] ?? "3500"}";
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{sidecar.TrimEnd('/')}/v1.0-alpha1/jobs/{Name}")
        {
            Content = JsonContent.Create(new JobRequest(options.Schedule, new JobData(Name), Overwrite: true), JobJson.Default.JobRequest),
        };
        if (configuration["DAPR_API_TOKEN"] is { Length: > 0 } token)
            request.Headers.Add("dapr-api-token", token);
        using var answer = await client.SendAsync(request, cancellationToken);
        answer.EnsureSuccessStatusCode();
        LogScheduled(logger, options.Schedule);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Payments are reconciled {Schedule}")]
    private static partial void LogScheduled(ILogger logger, string schedule);

    [LoggerMessage(Level = LogLevel.Information, Message = "The reconciliation could not be scheduled yet: {Why}")]
    private static partial void LogWaiting(ILogger logger, string why);
}

/// <summary>What the scheduler is told.</summary>
internal sealed record JobRequest(string Schedule, JobData Data, bool Overwrite);

/// <summary>What comes back with each run.</summary>
internal sealed record JobData(string Job);

/// <summary>How jobs are written.</summary>
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(JobRequest))]
internal sealed partial class JobJson : JsonSerializerContext;
