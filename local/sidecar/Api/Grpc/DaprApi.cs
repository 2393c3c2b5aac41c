namespace NexusCart.Sidecar.Api.Grpc;

/// <summary>
/// The service <c>dapr.proto.runtime.v1.Dapr</c>. One file per building block adds its RPCs as public methods named as in the proto;
/// what has no method answers Unimplemented. An adapter only: parse, call a building block, map the answer.
/// </summary>
public sealed partial class DaprApi(IServiceProvider services)
{
    // One constructor for all the files: each takes what it needs from the sidecar's container once.
    private T Block<T>()
        where T : notnull => services.GetRequiredService<T>();
}
