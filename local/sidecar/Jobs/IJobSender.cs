using NexusCart.Sidecar.Scheduling;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Jobs;

/// <summary>Calls the app with a due job, in the protocol it speaks.</summary>
internal interface IJobSender
{
    /// <summary>Sends the job; the result is the app's answer.</summary>
    /// <exception cref="AppUnreachableException">There was no connection, so the app has certainly not seen the job.</exception>
    Task<JobResult> SendAsync(Rt.Job job, CancellationToken cancellation);
}

/// <summary>No connection to the app.</summary>
internal sealed class AppUnreachableException(Exception cause) : Exception(cause.Message, cause);
