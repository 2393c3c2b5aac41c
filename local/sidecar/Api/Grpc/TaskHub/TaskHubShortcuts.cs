using Google.Protobuf;
using Grpc.AspNetCore.Server;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Api.Grpc.TaskHub;

/// <summary>Serves the RPCs that every workflow makes without the gRPC server around them.</summary>
internal static class TaskHubShortcuts
{
    /// <summary>Puts the shortcut in the place of the gRPC server's handler, which stays behind it.</summary>
    /// <param name="endpoint">A method of <see cref="TaskHubApi"/>.</param>
    /// <param name="services">The sidecar's services.</param>
    public static void Add(EndpointBuilder endpoint, IServiceProvider services)
    {
        if (endpoint is not { RequestDelegate: { } grpc } || endpoint.Metadata.OfType<GrpcMethodMetadata>().FirstOrDefault() is not { Method: { } method })
            return;

        var api = services.GetRequiredService<TaskHubApi>();
        endpoint.RequestDelegate = method.Name switch
        {
            "StartInstance" => Serve(CreateInstanceRequest.Parser, (request, context) => api.StartInstance(request, context.RequestAborted)),
            "WaitForInstanceCompletion" => Serve(GetInstanceRequest.Parser, (request, context) => api.WaitForInstanceCompletion(request, context.RequestAborted)),
            "CompleteActivityTask" => Serve(ActivityResponse.Parser, (request, _) => api.CompleteActivityTask(request)),
            "CompleteOrchestratorTask" or "CompleteWorkflowTask" => Serve(WorkflowResponse.Parser, (request, _) => api.CompleteWorkflowTask(request)),
            _ => grpc,
        };

        RequestDelegate Serve<TRequest, TResponse>(MessageParser<TRequest> parser, Func<TRequest, HttpContext, Task<TResponse>> call)
            where TRequest : class, IMessage<TRequest>
            where TResponse : class, IMessage<TResponse> =>
            new DirectUnary<TRequest, TResponse>(
                method.FullName,
                parser,
                call,
                grpc,
                services.GetRequiredService<Hosting.Sidecar>(),
                services.GetRequiredService<ILoggerFactory>().CreateLogger("taskhub")).ServeAsync;
    }
}
