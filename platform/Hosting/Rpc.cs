using Google.Protobuf.Reflection;
using Google.Rpc;
using Microsoft.AspNetCore.Grpc.JsonTranscoding;
using Microsoft.Extensions.DependencyInjection;
using NexusCart.Platform.Errors;

namespace NexusCart.Platform.Hosting;

/// <summary>gRPC and its JSON form by google.api.http.</summary>
internal static class Rpc
{
    public static void AddRpc(this IServiceCollection services) =>
        services
            .AddGrpc(grpc =>
            {
                grpc.MaxReceiveMessageSize = NexusDefaults.MaxRequestBytes;
                grpc.EnableDetailedErrors = false;
                grpc.Interceptors.Add<FaultInterceptor>();
            })
            .AddJsonTranscoding(json =>
            {
                // The proto3 JSON mapping: a 64-bit number does not survive JavaScript.
                json.JsonSettings = new GrpcJsonSettings { WriteInt64sAsStrings = true };
                json.TypeRegistry = TypeRegistry.FromMessages(
                    BadRequest.Descriptor, ErrorInfo.Descriptor, RetryInfo.Descriptor, ResourceInfo.Descriptor);
            });
}
