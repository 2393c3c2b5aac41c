using Dapr.Common;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Microsoft.Extensions.Configuration;

namespace Dapr.Workflow.Registration;

/// <summary>
/// This app's way to its sidecar for workflows: a channel for the worker's stream, and a connection for all the calls. Built without
/// the host's HTTP client factory, so no default resilience handler ever sits on the worker's stream.
/// </summary>
internal sealed class SidecarConnection : IDisposable
{
    private const string TokenHeader = "dapr-api-token";
    private readonly GrpcChannel _channel;
    private readonly HttpMessageInvoker _http = new(Handler());

    internal SidecarConnection(IConfiguration? configuration, WorkflowRuntimeOptions options, MessageSizeLimits limits)
    {
        var given = options.GrpcChannelOptions ?? new GrpcChannelOptions();
        var address = new Uri(DaprDefaults.GetDefaultGrpcEndpoint(configuration));
        var sizes = new MessageSizeLimits
        {
            Receive = limits.Receive ?? options.GrpcChannelOptions?.MaxReceiveMessageSize ?? GrpcDefaults.MaxReceiveMessageSize,
            Send = limits.Send ?? given.MaxSendMessageSize,
        };
        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpHandler = Handler(),
            MaxReceiveMessageSize = sizes.Receive,
            MaxSendMessageSize = sizes.Send,
            InitialReconnectBackoff = given.InitialReconnectBackoff,
            MaxReconnectBackoff = given.MaxReconnectBackoff,
        });
        var calls = new DirectInvoker(_channel.CreateCallInvoker(), _http, address, sizes);
        Invoker = WithToken(calls, DaprDefaults.GetDefaultDaprApiToken(configuration));
    }

    internal CallInvoker Invoker { get; }

    public void Dispose()
    {
        _channel.Dispose();
        _http.Dispose();
    }

    internal static CallInvoker WithToken(CallInvoker invoker, string? token) =>
        string.IsNullOrEmpty(token)
            ? invoker
            : invoker.Intercept(headers =>
            {
                headers.Add(TokenHeader, token);
                return headers;
            });

    private static SocketsHttpHandler Handler() => new()
    {
        EnableMultipleHttp2Connections = true,
        // Each of these is one more handler around every call, for what a sidecar never does.
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        KeepAlivePingDelay = TimeSpan.FromSeconds(30),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
    };

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
