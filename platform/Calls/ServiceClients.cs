using System.Diagnostics.CodeAnalysis;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace NexusCart.Platform.Calls;

/// <summary>Clients of other services, over the sidecar's gRPC proxy.</summary>
public static class ServiceClients
{
    /// <summary>How long a call may take where nothing else is said.</summary>
    public static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Registers a generated gRPC client of another app. Every call has a deadline and shows this service's token. Nothing is
    /// retried here: the sidecar's resiliency policies do that; the user's token goes along only where a call asks for it
    /// (<see cref="ForwardedCaller.OnBehalfOfUser"/>).
    /// </summary>
    /// <param name="builder">The service's builder.</param>
    /// <param name="appId">The app to call: "inventory".</param>
    /// <param name="deadline">How long a call may take; 10 seconds where it is null.</param>
    public static IHostApplicationBuilder AddServiceClient<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TClient>(
        this IHostApplicationBuilder builder, string appId, TimeSpan? deadline = null)
        where TClient : ClientBase
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(appId);
        builder.Services.TryAddSingleton<SidecarChannel>();
        builder.Services.AddSingleton(provider =>
        {
            var sidecar = provider.GetRequiredService<SidecarChannel>();
            var invoker = sidecar.Channel
                .Intercept(headers => Address(headers, appId, sidecar.ApiToken))
                .Intercept(new OutgoingCallInterceptor(
                    provider.GetRequiredService<ServiceTokenSource>(), provider.GetRequiredService<TimeProvider>(), deadline ?? DefaultDeadline));
            return (TClient)Activator.CreateInstance(typeof(TClient), invoker)!;
        });
        return builder;
    }

    /// <summary>The sidecar proxies a call to the app that this header names.</summary>
    private static Metadata Address(Metadata headers, string appId, string? apiToken)
    {
        headers.Add("dapr-app-id", appId);
        if (apiToken is not null)
            headers.Add("dapr-api-token", apiToken);
        return headers;
    }
}

/// <summary>Gives every call a deadline and the service's token.</summary>
internal sealed class OutgoingCallInterceptor(ServiceTokenSource tokens, TimeProvider time, TimeSpan deadline) : Interceptor
{
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation) =>
        continuation(request, Prepare(context, bounded: true));

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, BlockingUnaryCallContinuation<TRequest, TResponse> continuation) =>
        continuation(request, Prepare(context, bounded: true));

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation) =>
        continuation(request, Prepare(context, bounded: false));

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context, AsyncClientStreamingCallContinuation<TRequest, TResponse> continuation) =>
        continuation(Prepare(context, bounded: false));

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context, AsyncDuplexStreamingCallContinuation<TRequest, TResponse> continuation) =>
        continuation(Prepare(context, bounded: false));

    /// <summary>A stream lives as long as its caller wants; only single calls get the default deadline.</summary>
    private ClientInterceptorContext<TRequest, TResponse> Prepare<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context, bool bounded)
        where TRequest : class
        where TResponse : class
    {
        var headers = new Metadata();
        foreach (var entry in context.Options.Headers ?? []) headers.Add(entry);
        headers.Add(Security.Tokens.ServiceHeader, tokens.Token);

        var options = context.Options.WithHeaders(headers);
        if (bounded && options.Deadline is null) options = options.WithDeadline((time.GetUtcNow() + deadline).UtcDateTime);
        return new ClientInterceptorContext<TRequest, TResponse>(context.Method, context.Host, options);
    }
}
