using Google.Rpc;
using Grpc.Core;
using NexusCart.Sidecar.Api;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Invocation;

namespace NexusCart.Sidecar.Jobs;

/// <summary>The errors of the jobs API, with daprd's codes and words.</summary>
internal static class JobErrors
{
    /// <summary>Why nothing works without a scheduler.</summary>
    public const string Disabled = "scheduler clients are disabled";

    public static DaprApiException NameInBody(SidecarOptions options) => new(
        "DAPR_SCHEDULER_JOB_NAME", "Set the job name in the url only", StatusCodes.Status400BadRequest, StatusCode.InvalidArgument)
    {
        Details = [Info("DAPR_SCHEDULER_JOB_NAME", ("appID", options.AppId))],
        DetailsOverHttp = true,
    };

    public static DaprApiException JobEmpty(SidecarOptions options) => Empty("DAPR_SCHEDULER_EMPTY", "Job", options);

    public static DaprApiException NameEmpty(SidecarOptions options) => Empty("DAPR_SCHEDULER_JOB_NAME_EMPTY", "Name", options);

    public static DaprApiException ScheduleEmpty(SidecarOptions options) => Empty("DAPR_SCHEDULER_SCHEDULE_EMPTY", "Schedule", options);

    public static DaprApiException Exists(string reason, SidecarOptions options) => Error(
        "DAPR_SCHEDULER_SCHEDULE_JOB", "failed to schedule job due to: rpc error: code = AlreadyExists desc = " + reason,
        StatusCodes.Status409Conflict, StatusCode.AlreadyExists, options);

    public static DaprApiException Schedule(string reason, SidecarOptions options) =>
        Failed("DAPR_SCHEDULER_SCHEDULE_JOB", "failed to schedule job due to: " + reason, options);

    public static DaprApiException Get(string reason, SidecarOptions options) =>
        Failed("DAPR_SCHEDULER_GET_JOB", "failed to get job due to: " + reason, options);

    public static DaprApiException List(string reason, SidecarOptions options) =>
        Failed("DAPR_SCHEDULER_LIST_JOBS", "failed to list jobs due to: " + reason, options);

    public static DaprApiException Delete(string reason, SidecarOptions options) =>
        Failed("DAPR_SCHEDULER_DELETE_JOB", "failed to delete job due to: " + reason, options);

    private static DaprApiException Empty(string reason, string what, SidecarOptions options) =>
        Error(reason, what + " is empty", StatusCodes.Status400BadRequest, StatusCode.InvalidArgument, options);

    private static DaprApiException Failed(string reason, string message, SidecarOptions options) =>
        Error(reason, message, StatusCodes.Status500InternalServerError, StatusCode.Internal, options);

    private static DaprApiException Error(string reason, string message, int httpStatus, StatusCode grpcStatus, SidecarOptions options) =>
        new(reason, message, httpStatus, grpcStatus)
        {
            Details = [Info(reason, ("appID", options.AppId), ("namespace", AppIds.NamespaceOf(options)))],
            DetailsOverHttp = true,
        };

    private static ErrorInfo Info(string reason, params ReadOnlySpan<(string Name, string Value)> metadata)
    {
        var info = new ErrorInfo { Reason = reason, Domain = "dapr.io" };
        foreach (var (name, value) in metadata)
            info.Metadata[name] = value;
        return info;
    }
}
