using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NexusCart.TaskHub;

namespace NexusCart.Bench.Apps;

/// <summary>
/// A gRPC server that says what a workflow engine says to its worker and its clients, message for message and byte for byte, and does
/// nothing else: no store, no history but made-up bytes of the right size, no limits, no recovery. What an engine of the same protocol
/// cannot cost less than, unless it leaves Kestrel and the gRPC library behind.
/// </summary>
internal sealed class BareHub(int activities)
{
    private const int MaxStreamsPerConnection = 10_000;
    private const string Service = "TaskHubSidecarService";
    private const string TaskExecutionId = "0123456789abcdef0123456789abcdef";
    private const byte TurnTag = 0x0A;

    private static readonly CompleteTaskResponse Completed = new();
    private static readonly WriteOptions Buffered = new(WriteFlags.BufferHint);

    private readonly byte[][] _turns = [.. Enumerable.Range(0, activities + 1).Select(turn => EventsOf(turn, activities))];
    private readonly Channel<byte[]> _items = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentDictionary<string, Instance> _instances = new(StringComparer.Ordinal);

    /// <summary>Serves until cancelled, or until the standard input ends: with the bench, however that comes to its end.</summary>
    /// <param name="port">HTTP/2 without TLS, loopback.</param>
    /// <param name="activities">Activities of each workflow.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task RunAsync(int port, int activities, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.Http2.MaxStreamsPerConnection = MaxStreamsPerConnection;
            kestrel.ListenLocalhost(port, listen => listen.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(new BareHub(activities));
        builder.Services.AddSingleton<IServiceMethodProvider<BareHub>, Methods>();
        await using var app = builder.Build();
        app.MapGrpcService<BareHub>();
        app.MapGet("/healthz", (RequestDelegate)(_ => Task.CompletedTask));
        await app.StartAsync(cancellation);
        var ended = new TaskCompletionSource();
        await using var registration = cancellation.Register(ended.SetResult);
        await Task.WhenAny(ended.Task, Task.Run(Console.In.ReadToEnd, CancellationToken.None));
        await app.StopAsync(CancellationToken.None);
    }

    private async Task GetWorkItems(IServerStreamWriter<byte[]> stream, ServerCallContext context)
    {
        await context.WriteResponseHeadersAsync([]);
        while (await _items.Reader.WaitToReadAsync(context.CancellationToken))
        {
            while (_items.Reader.TryRead(out var item))
            {
                stream.WriteOptions = _items.Reader.TryPeek(out _) ? Buffered : null;
                await stream.WriteAsync(item, context.CancellationToken);
            }
        }
    }

    private async Task<CreateInstanceResponse> StartInstance(CreateInstanceRequest request)
    {
        var instance = _instances[request.InstanceId] = new Instance();
        Send(request.InstanceId, instance);
        await instance.Started.Task;
        return new CreateInstanceResponse { InstanceId = request.InstanceId };
    }

    private async Task<GetInstanceResponse> WaitForInstanceCompletion(GetInstanceRequest request)
    {
        await _instances[request.InstanceId].Ended.Task;
        _instances.TryRemove(request.InstanceId, out _);
        var now = Timestamp.FromDateTime(DateTime.UtcNow);
        return new GetInstanceResponse
        {
            Exists = true,
            WorkflowState = new WorkflowState
            {
                InstanceId = request.InstanceId,
                Name = "steps",
                WorkflowStatus = OrchestrationStatus.Completed,
                CreatedTimestamp = now,
                LastUpdatedTimestamp = now,
                CompletedTimestamp = now,
                Input = "5",
                Output = "10",
            },
        };
    }

    private Task<CompleteTaskResponse> CompleteTurn(WorkflowResponse response)
    {
        var instance = _instances[response.InstanceId];
        if (instance.Turn == 0)
            instance.Started.TrySetResult();
        if (response.Actions[0].ScheduleTask is { } task)
            _items.Writer.TryWrite(ActivityItem(response.InstanceId, instance.Turn, task));
        else
            instance.Ended.TrySetResult();
        return Task.FromResult(Completed);
    }

    private Task<CompleteTaskResponse> CompleteActivity(ActivityResponse response)
    {
        var instance = _instances[response.InstanceId];
        instance.Turn++;
        Send(response.InstanceId, instance);
        return Task.FromResult(Completed);
    }

    /// <summary>A turn: the instance's id, and events that are the same for all instances.</summary>
    private void Send(string instanceId, Instance instance)
    {
        var events = _turns[instance.Turn];
        var id = new WorkflowRequest { InstanceId = instanceId }.ToByteArray();
        var length = id.Length + events.Length;
        var item = new byte[1 + CodedOutputStream.ComputeLengthSize(length) + length];
        using var output = new CodedOutputStream(item);
        output.WriteRawTag(TurnTag);
        output.WriteLength(length);
        output.Flush();
        var head = item.Length - length;
        id.CopyTo(item, head);
        events.CopyTo(item, head + id.Length);
        _items.Writer.TryWrite(item);
    }

    private static byte[] ActivityItem(string instanceId, int taskId, ScheduleTaskAction task) => new WorkItem
    {
        ActivityRequest = new ActivityRequest
        {
            Name = task.Name,
            Input = task.Input,
            WorkflowInstance = new WorkflowInstance { InstanceId = instanceId },
            TaskId = taskId,
            TaskExecutionId = task.TaskExecutionId,
        },
    }.ToByteArray();

    /// <summary>Three events of each turn that is past, and two that are new.</summary>
    private static byte[] EventsOf(int turn, int activities)
    {
        var request = new WorkflowRequest();
        for (var past = 0; past < turn; past++)
        {
            request.PastEvents.Add(Came(past, activities));
            request.PastEvents.Add(Event(past, item => item.TaskScheduled = new TaskScheduledEvent
            {
                Name = "step",
                Input = past.ToString(CultureInfo.InvariantCulture),
                TaskExecutionId = TaskExecutionId,
            }));
        }

        request.NewEvents.Add(Came(turn, activities));
        return request.ToByteArray();
    }

    private static HistoryEvent[] Came(int turn, int activities) =>
    [
        Event(-1, static item => item.WorkflowStarted = new WorkflowStartedEvent()),
        turn == 0
            ? Event(-1, item => item.ExecutionStarted = new ExecutionStartedEvent
            {
                Name = "steps",
                Input = activities.ToString(CultureInfo.InvariantCulture),
                WorkflowInstance = new WorkflowInstance { InstanceId = "0123456789ab-5-200-f12345", ExecutionId = TaskExecutionId },
            })
            : Event(-1, item => item.TaskCompleted = new TaskCompletedEvent
            {
                TaskScheduledId = turn - 1,
                Result = (turn - 1).ToString(CultureInfo.InvariantCulture),
                TaskExecutionId = TaskExecutionId,
            }),
    ];

    private static HistoryEvent Event(int id, Action<HistoryEvent> fill)
    {
        var item = new HistoryEvent { EventId = id, Timestamp = Timestamp.FromDateTime(DateTime.UtcNow), Router = new TaskRouter { SourceAppID = "bench" } };
        fill(item);
        return item;
    }

    private sealed class Instance
    {
        public int Turn { get; set; }

        public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Methods : IServiceMethodProvider<BareHub>
    {
        public void OnServiceMethodDiscovery(ServiceMethodProviderContext<BareHub> context)
        {
            context.AddServerStreamingMethod<GetWorkItemsRequest, byte[]>(
                new Method<GetWorkItemsRequest, byte[]>(
                    MethodType.ServerStreaming, Service, "GetWorkItems", MarshallerOf(GetWorkItemsRequest.Parser), Marshallers.Create(static bytes => bytes, static bytes => bytes)),
                [],
                static (hub, _, stream, call) => hub.GetWorkItems(stream, call));
            Add(context, "StartInstance", CreateInstanceRequest.Parser, CreateInstanceResponse.Parser, static (hub, request) => hub.StartInstance(request));
            Add(context, "WaitForInstanceCompletion", GetInstanceRequest.Parser, GetInstanceResponse.Parser, static (hub, request) => hub.WaitForInstanceCompletion(request));
            Add(context, "CompleteOrchestratorTask", WorkflowResponse.Parser, CompleteTaskResponse.Parser, static (hub, request) => hub.CompleteTurn(request));
            Add(context, "CompleteActivityTask", ActivityResponse.Parser, CompleteTaskResponse.Parser, static (hub, request) => hub.CompleteActivity(request));
        }

        private static void Add<TRequest, TResponse>(
            ServiceMethodProviderContext<BareHub> context,
            string name,
            MessageParser<TRequest> request,
            MessageParser<TResponse> response,
            Func<BareHub, TRequest, Task<TResponse>> serve)
            where TRequest : class, IMessage<TRequest>
            where TResponse : class, IMessage<TResponse> =>
            context.AddUnaryMethod(
                new Method<TRequest, TResponse>(MethodType.Unary, Service, name, MarshallerOf(request), MarshallerOf(response)),
                [],
                (hub, message, _) => serve(hub, message));

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
    }
}
