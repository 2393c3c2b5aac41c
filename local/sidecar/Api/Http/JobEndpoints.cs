using System.Diagnostics.CodeAnalysis;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using NexusCart.Sidecar.Jobs;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>The HTTP face of <see cref="JobService"/>.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the container.")]
internal sealed class JobEndpoints(JobService jobs, Hosting.SidecarOptions options)
{
    // Data of these kinds has a JSON form; daprd knows no others either.
    private static readonly JsonFormatter Formatter = new(new JsonFormatter.Settings(
        formatDefaultValues: false,
        TypeRegistry.FromFiles(Value.Descriptor.File, StringValue.Descriptor.File, Timestamp.Descriptor.File, Duration.Descriptor.File, Any.Descriptor.File, Empty.Descriptor.File, Rt.Job.Descriptor.File)));

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var stage in (ReadOnlySpan<string>)["v1.0", "v1.0-alpha1"])
        {
            routes.MapPost($"/{stage}/jobs/{{name}}", (RequestDelegate)ScheduleAsync);
            routes.MapGet($"/{stage}/jobs/{{name}}", (RequestDelegate)GetAsync);
            routes.MapDelete($"/{stage}/jobs/{{name}}", (RequestDelegate)DeleteAsync);
        }
    }

    private async Task ScheduleAsync(HttpContext context)
    {
        var (job, overwrite) = JobBodies.Read(await RequestBody.ReadAsync(context), options);
        job.Name = context.PathValue("name");
        await jobs.ScheduleAsync(job, overwrite);
        await context.Response.NoContentAsync();
    }

    private async Task GetAsync(HttpContext context)
    {
        var job = await jobs.GetAsync(context.PathValue("name"));
        string json;
        try
        {
            json = Formatter.Format(job);
        }
        catch (InvalidOperationException e)
        {
            throw new DaprApiException(
                "ERR_INTERNAL", "failed to encode response as JSON: " + e.Message, StatusCodes.Status500InternalServerError, StatusCode.Internal);
        }

        await context.Response.JsonBytesAsync(Encoding.UTF8.GetBytes(json));
    }

    private async Task DeleteAsync(HttpContext context)
    {
        await jobs.DeleteAsync(context.PathValue("name"));
        await context.Response.NoContentAsync();
    }
}
