using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Api.Grpc;

/// <summary>
/// Binds the methods of <see cref="DaprApi"/> to the RPCs of <c>dapr.proto.runtime.v1.Dapr</c> by name. The package with the
/// messages has no server side, so the descriptor takes its place. RPCs of an earlier stage of the API (<c>SubscribeX</c> and
/// <c>SubscribeXAlpha1</c>) share one handler when they share their messages.
/// </summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the container.")]
internal sealed class DaprApiMethodProvider : IServiceMethodProvider<DaprApi>
{
    private static readonly string[] Stages = ["Alpha1", "Alpha2", "Beta1"];

    private static readonly MethodInfo BindMethod =
        typeof(DaprApiMethodProvider).GetMethod(nameof(Bind), BindingFlags.NonPublic | BindingFlags.Static)!;

    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<DaprApi> context)
    {
        var handlers = typeof(DaprApi)
            .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .ToDictionary(method => method.Name, StringComparer.Ordinal);
        foreach (var rpc in Rt.Dapr.Descriptor.Methods)
        {
            if (FindHandler(handlers, rpc) is { } handler)
                BindMethod.MakeGenericMethod(rpc.InputType.ClrType, rpc.OutputType.ClrType).Invoke(null, [context, rpc, handler]);
        }
    }

    private static MethodInfo? FindHandler(Dictionary<string, MethodInfo> handlers, MethodDescriptor rpc)
    {
        var stem = StemOf(rpc.Name);
        return new[] { rpc.Name, stem }
            .Concat(Stages.Select(stage => stem + stage))
            .Select(name => handlers.GetValueOrDefault(name))
            .FirstOrDefault(handler => handler is not null && Fits(handler, rpc));
    }

    private static string StemOf(string name) =>
        Stages.FirstOrDefault(stage => name.EndsWith(stage, StringComparison.Ordinal)) is { } stage ? name[..^stage.Length] : name;

    private static bool Fits(MethodInfo handler, MethodDescriptor rpc)
    {
        var (input, output) = (rpc.InputType.ClrType, rpc.OutputType.ClrType);
        Type[] expected = rpc switch
        {
            { IsClientStreaming: true, IsServerStreaming: true } =>
                [typeof(IAsyncStreamReader<>).MakeGenericType(input), typeof(IServerStreamWriter<>).MakeGenericType(output), typeof(ServerCallContext)],
            { IsServerStreaming: true } => [input, typeof(IServerStreamWriter<>).MakeGenericType(output), typeof(ServerCallContext)],
            { IsClientStreaming: true } => [typeof(IAsyncStreamReader<>).MakeGenericType(input), typeof(ServerCallContext)],
            _ => [input, typeof(ServerCallContext)],
        };
        return handler.GetParameters().Select(parameter => parameter.ParameterType).SequenceEqual(expected)
            && handler.ReturnType == (rpc.IsServerStreaming ? typeof(Task) : typeof(Task<>).MakeGenericType(output));
    }

    private static void Bind<TRequest, TResponse>(
        ServiceMethodProviderContext<DaprApi> context, MethodDescriptor rpc, MethodInfo handler)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        var type = (rpc.IsClientStreaming, rpc.IsServerStreaming) switch
        {
            (false, false) => MethodType.Unary,
            (false, true) => MethodType.ServerStreaming,
            (true, false) => MethodType.ClientStreaming,
            _ => MethodType.DuplexStreaming,
        };
        var method = GrpcMethods.Create<TRequest, TResponse>(type, rpc.Service.FullName, rpc.Name);
        switch (type)
        {
            case MethodType.Unary:
                context.AddUnaryMethod(method, [], handler.CreateDelegate<UnaryServerMethod<DaprApi, TRequest, TResponse>>());
                break;
            case MethodType.ServerStreaming:
                context.AddServerStreamingMethod(method, [], handler.CreateDelegate<ServerStreamingServerMethod<DaprApi, TRequest, TResponse>>());
                break;
            case MethodType.ClientStreaming:
                context.AddClientStreamingMethod(method, [], handler.CreateDelegate<ClientStreamingServerMethod<DaprApi, TRequest, TResponse>>());
                break;
            default:
                context.AddDuplexStreamingMethod(method, [], handler.CreateDelegate<DuplexStreamingServerMethod<DaprApi, TRequest, TResponse>>());
                break;
        }
    }
}
