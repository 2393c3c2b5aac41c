using Dapr.Common;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Microsoft.Extensions.Configuration;

namespace Dapr.Workflow.Registration;

/// <summary>
/// The one channel of this app to its sidecar for workflows. It is built without the host's HTTP client factory, so no default
/// resilience handler ever sits on the worker's stream.
/// </summary>
internal sealed class SidecarConnection : IDisposable
{
    private const string TokenHeader = "dapr-api-token";
    private readonly GrpcChannel _channel;

    internal SidecarConnection(IConfiguration? configuration, WorkflowRuntimeOptions options, MessageSizeLimits limits)
    {
        var given = options.GrpcChannelOptions ?? new GrpcChannelOptions();
        _channel = GrpcChannel.ForAddress(DaprDefaults.GetDefaultGrpcEndpoint(configuration), new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                EnableMultipleHttp2Connections = true,
                // Each of these is one more handler around every call, for what a sidecar never does.
                AllowAutoRedirect = false,
                UseCookies = false,
                UseProxy = false,
                PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
                KeepAlivePingDelay = TimeSpan.FromSeconds(30),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            },
            MaxReceiveMessageSize = limits.Receive ?? options.GrpcChannelOptions?.MaxReceiveMessageSize ?? GrpcDefaults.MaxReceiveMessageSize,
            MaxSendMessageSize = limits.Send ?? given.MaxSendMessageSize,
            InitialReconnectBackoff = given.InitialReconnectBackoff,
            MaxReconnectBackoff = given.MaxReconnectBackoff,
        });
        Invoker = WithToken(_channel.CreateCallInvoker(), DaprDefaults.GetDefaultDaprApiToken(configuration));
    }

    internal CallInvoker Invoker { get; }

    public void Dispose() => _channel.Dispose();

    internal static CallInvoker WithToken(CallInvoker invoker, string? token) =>
        string.IsNullOrEmpty(token)
            ? invoker
            : invoker.Intercept(headers =>
            {
                headers.Add(TokenHeader, token);
                return headers;
            });

    private static class GrpcDefaults
    {
        internal const int MaxReceiveMessageSize = 4 * 1024 * 1024;
    }
}

/// <summary>Limits set by <c>WithGrpcMessageSizeLimits</c>, in bytes; null: not set.</summary>
internal sealed class MessageSizeLimits
{
    internal int? Receive { get; set; }

    internal int? Send { get; set; }
}
