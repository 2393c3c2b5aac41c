using Grpc.Core;
using NexusCart.Sidecar.Jobs;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Api.Grpc;

/// <content>Jobs.</content>
public sealed partial class DaprApi
{
    private JobService Jobs => field ??= Block<JobService>();

    /// <summary>Schedules a job.</summary>
    public async Task<Rt.ScheduleJobResponse> ScheduleJob(Rt.ScheduleJobRequest request, ServerCallContext context)
    {
        await Jobs.ScheduleAsync(request.Job, request.Overwrite);
        return new Rt.ScheduleJobResponse();
    }

    /// <summary>A job as it was given.</summary>
    public async Task<Rt.GetJobResponse> GetJob(Rt.GetJobRequest request, ServerCallContext context) =>
        new() { Job = await Jobs.GetAsync(request.Name) };

    /// <summary>Deletes a job; an absent one is no error.</summary>
    public async Task<Rt.DeleteJobResponse> DeleteJob(Rt.DeleteJobRequest request, ServerCallContext context)
    {
        await Jobs.DeleteAsync(request.Name);
        return new Rt.DeleteJobResponse();
    }

    /// <summary>Deletes the jobs whose names begin alike.</summary>
    public async Task<Rt.DeleteJobsByPrefixResponse> DeleteJobsByPrefix(Rt.DeleteJobsByPrefixRequest request, ServerCallContext context)
    {
        await Jobs.DeleteByPrefixAsync(request.NamePrefix);
        return new Rt.DeleteJobsByPrefixResponse();
    }

    /// <summary>As <see cref="DeleteJobsByPrefix"/>, with messages of an earlier stage.</summary>
    public async Task<Rt.DeleteJobsByPrefixResponseAlpha1> DeleteJobsByPrefixAlpha1(Rt.DeleteJobsByPrefixRequestAlpha1 request, ServerCallContext context)
    {
        await Jobs.DeleteByPrefixAsync(request.NamePrefix);
        return new Rt.DeleteJobsByPrefixResponseAlpha1();
    }

    /// <summary>The app's jobs.</summary>
    public async Task<Rt.ListJobsResponse> ListJobs(Rt.ListJobsRequest request, ServerCallContext context) =>
        new() { Jobs = { await Jobs.ListAsync() } };

    /// <summary>As <see cref="ListJobs"/>, with messages of an earlier stage.</summary>
    public async Task<Rt.ListJobsResponseAlpha1> ListJobsAlpha1(Rt.ListJobsRequestAlpha1 request, ServerCallContext context) =>
        new() { Jobs = { await Jobs.ListAsync() } };
}
