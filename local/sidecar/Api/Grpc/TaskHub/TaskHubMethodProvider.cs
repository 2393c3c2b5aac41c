using Google.Protobuf;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using NexusCart.Sidecar.Workflows.Dispatch;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Api.Grpc.TaskHub;

/// <summary>
/// Binds <see cref="TaskHubApi"/>. By hand, and not from the generated base class, since work items go out as bytes that are never
/// made into messages.
/// </summary>
internal sealed class TaskHubMethodProvider : IServiceMethodProvider<TaskHubApi>
{
    private const string Service = "TaskHubSidecarService";

    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<TaskHubApi> context)
    {
        context.AddServerStreamingMethod<GetWorkItemsRequest, WorkItemFrame>(
            new Method<GetWorkItemsRequest, WorkItemFrame>(
                MethodType.ServerStreaming,
                Service,
                nameof(TaskHubApi.GetWorkItems),
                MarshallerOf(GetWorkItemsRequest.Parser),
                Marshallers.Create<WorkItemFrame>(Serialize, static _ => throw new NotSupportedException())),
            [],
            static (api, request, stream, call) => api.GetWorkItems(request, stream, call));

        Add(context, "Hello", Google.Protobuf.WellKnownTypes.Empty.Parser, Google.Protobuf.WellKnownTypes.Empty.Parser, static (_, _, _) => TaskHubApi.Hello());
        Add(context, "CompleteActivityTask", ActivityResponse.Parser, CompleteTaskResponse.Parser, static (api, request, _) => api.CompleteActivityTask(request));
        Add(context, "CompleteOrchestratorTask", WorkflowResponse.Parser, CompleteTaskResponse.Parser, static (api, request, _) => api.CompleteWorkflowTask(request));
        Add(context, "CompleteWorkflowTask", WorkflowResponse.Parser, CompleteTaskResponse.Parser, static (api, request, _) => api.CompleteWorkflowTask(request));
        Add(context, "StartInstance", CreateInstanceRequest.Parser, CreateInstanceResponse.Parser, static (api, request, call) => api.StartInstance(request, call.CancellationToken));
        Add(context, "GetInstance", GetInstanceRequest.Parser, GetInstanceResponse.Parser, static (api, request, call) => api.GetInstance(request, call.CancellationToken));
        Add(context, "WaitForInstanceStart", GetInstanceRequest.Parser, GetInstanceResponse.Parser, static (api, request, call) => api.WaitForInstanceStart(request, call.CancellationToken));
        Add(context, "WaitForInstanceCompletion", GetInstanceRequest.Parser, GetInstanceResponse.Parser, static (api, request, call) => api.WaitForInstanceCompletion(request, call.CancellationToken));
        Add(context, "RaiseEvent", RaiseEventRequest.Parser, RaiseEventResponse.Parser, static (api, request, call) => api.RaiseEvent(request, call.CancellationToken));
        Add(context, "TerminateInstance", TerminateRequest.Parser, TerminateResponse.Parser, static (api, request, call) => api.TerminateInstance(request, call.CancellationToken));
        Add(context, "SuspendInstance", SuspendRequest.Parser, SuspendResponse.Parser, static (api, request, call) => api.SuspendInstance(request, call.CancellationToken));
        Add(context, "ResumeInstance", ResumeRequest.Parser, ResumeResponse.Parser, static (api, request, call) => api.ResumeInstance(request, call.CancellationToken));
        Add(context, "PurgeInstances", PurgeInstancesRequest.Parser, PurgeInstancesResponse.Parser, static (api, request, call) => api.PurgeInstances(request, call.CancellationToken));
        Add(context, "RerunWorkflowFromEvent", RerunWorkflowFromEventRequest.Parser, RerunWorkflowFromEventResponse.Parser, static (api, request, call) => api.RerunWorkflowFromEvent(request, call.CancellationToken));
        Add(context, "ListInstanceIDs", ListInstanceIDsRequest.Parser, ListInstanceIDsResponse.Parser, static (api, request, call) => api.ListInstanceIDs(request, call.CancellationToken));
        Add(context, "GetInstanceHistory", GetInstanceHistoryRequest.Parser, GetInstanceHistoryResponse.Parser, static (api, request, call) => api.GetInstanceHistory(request, call.CancellationToken));
    }

    private static void Add<TRequest, TResponse>(
        ServiceMethodProviderContext<TaskHubApi> context,
        string name,
        MessageParser<TRequest> request,
        MessageParser<TResponse> response,
        UnaryServerMethod<TaskHubApi, TRequest, TResponse> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        context.AddUnaryMethod(
            new Method<TRequest, TResponse>(MethodType.Unary, Service, name, MarshallerOf(request), MarshallerOf(response)),
            [],
            handler);

    private static Marshaller<T> MarshallerOf<T>(MessageParser<T> parser)
        where T : class, IMessage<T> =>
        Marshallers.Create<T>(
            static (message, context) =>
            {
                context.SetPayloadLength(message.CalculateSize());
                message.WriteTo(context.GetBufferWriter());
                context.Complete();
            },
            context => parser.ParseFrom(context.PayloadAsReadOnlySequence()));

    private static void Serialize(WorkItemFrame item, SerializationContext context)
    {
        context.SetPayloadLength(item.Length);
        item.WriteTo(context.GetBufferWriter());
        context.Complete();
    }
}
