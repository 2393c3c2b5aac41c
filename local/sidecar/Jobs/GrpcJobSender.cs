using Dapr.AppCallback.Autogen.Grpc.v1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using NexusCart.Sidecar.Api.Grpc;
using NexusCart.Sidecar.Invocation;
using NexusCart.Sidecar.Scheduling;
using HTTPExtension = Dapr.Client.Autogen.Grpc.v1.HTTPExtension;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Jobs;

/// <summary>Calls <c>OnJobEvent</c> of an app that speaks gRPC, or its alpha twin when the app is older.</summary>
internal sealed class GrpcJobSender(IAppChannel app, ILogger logger) : IJobSender
{
    private const string Service = "dapr.proto.runtime.v1.AppCallback";

    private static readonly Method<JobEventRequest, JobEventResponse> OnJobEvent =
        GrpcMethods.Unary<JobEventRequest, JobEventResponse>(Service, "OnJobEvent");

    private static readonly Method<JobEventRequest, JobEventResponse> OnJobEventAlpha =
        GrpcMethods.Unary<JobEventRequest, JobEventResponse>(Service + "Alpha", "OnJobEventAlpha1");

    public async Task<JobResult> SendAsync(Rt.Job job, CancellationToken cancellation)
    {
        var request = new JobEventRequest
        {
            Name = job.Name,
            Data = job.Data ?? new Any(),
            Method = "job/" + job.Name,
            ContentType = job.Data?.TypeUrl ?? "",
            HttpExtension = new HTTPExtension { Verb = HTTPExtension.Types.Verb.Post },
        };
        try
        {
            await CallAsync(request, new CallOptions(cancellationToken: cancellation));
            return JobResult.Succeeded;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            logger.LogError("non-retriable error returned from app while processing triggered job {Name}: {Error}", job.Name, e.Status);
            return JobResult.Succeeded;
        }
        catch (RpcException e) when (e.Status.DebugException is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError })
        {
            throw new AppUnreachableException(e);
        }
        catch (RpcException e)
        {
            logger.LogWarning("unexpected status code returned from app while processing triggered job {Name}: {Error}", job.Name, e.Status);
            return JobResult.Failed;
        }
    }

    private async Task CallAsync(JobEventRequest request, CallOptions options)
    {
        try
        {
            await app.Grpc.AsyncUnaryCall(OnJobEvent, null, options, request);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unimplemented)
        {
            await app.Grpc.AsyncUnaryCall(OnJobEventAlpha, null, options, request);
        }
    }
}
