using Grpc.AspNetCore.Server.Model;
using Grpc.Core;

namespace NexusCart.Bench.Apps;

/// <summary>A gRPC service with one method, which gives back the bytes it got.</summary>
internal sealed class EchoService
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(bytes => bytes, bytes => bytes);

    /// <summary>The method, for both sides.</summary>
    public static Method<byte[], byte[]> Method { get; } = new(MethodType.Unary, "nexuscart.bench.Echo", "Echo", Bytes, Bytes);

    /// <summary>Tells the gRPC server of the method.</summary>
    internal sealed class Methods : IServiceMethodProvider<EchoService>
    {
        public void OnServiceMethodDiscovery(ServiceMethodProviderContext<EchoService> context) =>
            context.AddUnaryMethod(Method, [], static (_, request, _) => Task.FromResult(request));
    }
}
