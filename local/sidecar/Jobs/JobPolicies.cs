using Google.Protobuf.WellKnownTypes;
using NexusCart.Sidecar.Scheduling;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Jobs;

/// <summary>Failure policies as apps write them.</summary>
internal static class JobPolicies
{
    /// <summary>The policy of a message; null when it names none.</summary>
    public static FailurePolicy? Read(Rt.JobFailurePolicy? policy) => policy?.PolicyCase switch
    {
        Rt.JobFailurePolicy.PolicyOneofCase.Drop => FailurePolicy.Drop,
        Rt.JobFailurePolicy.PolicyOneofCase.Constant => new FailurePolicy(
            policy.Constant.Interval?.ToTimeSpan() ?? TimeSpan.Zero,
            policy.Constant.HasMaxRetries ? policy.Constant.MaxRetries : null),
        _ => null,
    };

    /// <summary>The policy of a job that says nothing about it.</summary>
    public static Rt.JobFailurePolicy Default() => new()
    {
        Constant = new Rt.JobFailurePolicyConstant
        {
            Interval = Duration.FromTimeSpan(FailurePolicy.Default.Interval),
            MaxRetries = (uint)FailurePolicy.Default.MaxRetries!,
        },
    };
}
