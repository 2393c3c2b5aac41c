using Google.Protobuf;
using Grpc.Core;

namespace NexusCart.Sidecar.Api.Grpc;

/// <summary>gRPC methods made by hand, for services whose generated code lacks the side we need.</summary>
public static class GrpcMethods
{
    /// <summary>A method with protobuf messages, for serving it or for calling the app.</summary>
    public static Method<TRequest, TResponse> Create<TRequest, TResponse>(MethodType type, string service, string name)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        new(type, service, name, Marshaller<TRequest>.Instance, Marshaller<TResponse>.Instance);

    /// <summary>A unary method.</summary>
    public static Method<TRequest, TResponse> Unary<TRequest, TResponse>(string service, string name)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        Create<TRequest, TResponse>(MethodType.Unary, service, name);

    private static class Marshaller<T>
        where T : class, IMessage<T>, new()
    {
        private static readonly MessageParser<T> Parser = new(() => new T());

        public static readonly global::Grpc.Core.Marshaller<T> Instance = new(Serialize, context => Parser.ParseFrom(context.PayloadAsReadOnlySequence()));

        private static void Serialize(T message, SerializationContext context)
        {
            context.SetPayloadLength(message.CalculateSize());
            message.WriteTo(context.GetBufferWriter());
            context.Complete();
        }
    }
}
