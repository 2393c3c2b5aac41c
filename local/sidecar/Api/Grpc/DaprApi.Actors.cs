using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Primitives;
using NexusCart.Sidecar.Actors;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Jobs;
using NexusCart.Sidecar.Scheduling;
using NexusCart.Sidecar.State;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Api.Grpc;

public sealed partial class DaprApi
{
    private ActorRuntime Actors => Block<ActorRuntime>();

    public async Task<Rt.InvokeActorResponse> InvokeActor(Rt.InvokeActorRequest request, ServerCallContext context)
    {
        RequireActorName("actorType", request.ActorType);
        RequireActorName("actorId", request.ActorId);
        if (ActorNames.NormalizeMethod(request.Method, out var method) is { } fault)
            throw InvalidActorCall("invalid actor method: " + fault);
        var call = new ActorCall
        {
            Type = request.ActorType,
            Id = request.ActorId,
            Method = method,
            Body = request.Data.Memory,
            Headers = request.Metadata.Select(item => KeyValuePair.Create(item.Key, new StringValues(item.Value))),
            ReentrancyId = request.Metadata
                .FirstOrDefault(item => item.Key.Equals(ActorCall.ReentrancyHeader, StringComparison.OrdinalIgnoreCase)).Value,
            Trace = TraceContext.Of(context.GetHttpContext()),
        };
        using var reply = await Actors.InvokeAsync(call, context.CancellationToken);
        return new Rt.InvokeActorResponse { Data = ByteString.CopyFrom(reply.Body.Span) };
    }

    public async Task<Rt.GetActorStateResponse> GetActorState(Rt.GetActorStateRequest request, ServerCallContext context)
    {
        var entry = await Actors.GetStateAsync(request.ActorType, request.ActorId, request.Key, context.CancellationToken);
        var response = new Rt.GetActorStateResponse();
        if (entry is null)
            return response;
        response.Data = UnsafeByteOperations.UnsafeWrap(entry.Value);
        if (entry.ExpiresAt is { } expires)
            response.Metadata["ttlExpireTime"] = expires.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture);
        return response;
    }

    public async Task<Empty> ExecuteActorStateTransaction(Rt.ExecuteActorStateTransactionRequest request, ServerCallContext context)
    {
        var operations = new List<ActorStateOperation>(request.Operations.Count);
        foreach (var operation in request.Operations)
        {
            if (operation.OperationType is not ("upsert" or "delete"))
                throw ActorErrors.UnsupportedOperation(operation.OperationType);
            operations.Add(new ActorStateOperation(operation.OperationType, new StateItem
            {
                Key = operation.Key,
                Value = operation.Value?.Value.ToByteArray() ?? [],
                Metadata = operation.Metadata.Count > 0
                    ? new Dictionary<string, string>(operation.Metadata, StringComparer.OrdinalIgnoreCase)
                    : null,
            }));
        }

        await Actors.TransactStateAsync(request.ActorType, request.ActorId, operations, context.CancellationToken);
        return new Empty();
    }

    public async Task<Empty> RegisterActorTimer(Rt.RegisterActorTimerRequest request, ServerCallContext context)
    {
        var timer = new ActorTimerRequest
        {
            Type = request.ActorType,
            Id = request.ActorId,
            Name = request.Name,
            DueTime = request.DueTime,
            Period = request.Period,
            Ttl = request.Ttl,
            Callback = request.Callback,
            Data = CallbackData(request.Data),
        };
        await Actors.CreateTimerAsync(timer, context.CancellationToken);
        return new Empty();
    }

    public Task<Empty> UnregisterActorTimer(Rt.UnregisterActorTimerRequest request, ServerCallContext context)
    {
        Actors.DeleteTimer(request.ActorType, request.ActorId, request.Name);
        return Task.FromResult(new Empty());
    }

    public async Task<Empty> RegisterActorReminder(Rt.RegisterActorReminderRequest request, ServerCallContext context)
    {
        var reminder = new ActorReminderRequest
        {
            Type = request.ActorType,
            Id = request.ActorId,
            Name = request.Name,
            DueTime = request.DueTime,
            Period = request.Period,
            Ttl = request.Ttl,
            Data = CallbackData(request.Data),
            Overwrite = !request.HasOverwrite || request.Overwrite,
            FailurePolicy = JobPolicies.Read(request.FailurePolicy),
        };
        await Actors.CreateReminderAsync(reminder, context.CancellationToken);
        return new Empty();
    }

    public async Task<Empty> UnregisterActorReminder(Rt.UnregisterActorReminderRequest request, ServerCallContext context)
    {
        await Actors.DeleteReminderAsync(request.ActorType, request.ActorId, request.Name, context.CancellationToken);
        return new Empty();
    }

    public async Task<Rt.GetActorReminderResponse> GetActorReminder(Rt.GetActorReminderRequest request, ServerCallContext context)
    {
        var reminder = await Actors.GetReminderAsync(request.ActorType, request.ActorId, request.Name, context.CancellationToken);
        var response = new Rt.GetActorReminderResponse { ActorType = request.ActorType, ActorId = request.ActorId, Data = PackCallbackData(reminder.Data) };
        SetTimes(reminder, due => response.DueTime = due, period => response.Period = period);
        return response;
    }

    public async Task<Rt.ListActorRemindersResponse> ListActorReminders(Rt.ListActorRemindersRequest request, ServerCallContext context)
    {
        var response = new Rt.ListActorRemindersResponse();
        var id = request.HasActorId && request.ActorId.Length > 0 ? request.ActorId : null;
        foreach (var reminder in await Actors.ListRemindersAsync(request.ActorType, id, context.CancellationToken))
        {
            var listed = new Rt.ActorReminder { ActorType = request.ActorType, ActorId = reminder.Id.Owner, Data = PackCallbackData(reminder.Data) };
            SetTimes(reminder, due => listed.DueTime = due, period => listed.Period = period);
            response.Reminders.Add(new Rt.NamedActorReminder { Name = reminder.Id.Name, Reminder = listed });
        }

        return response;
    }

    public async Task<Rt.UnregisterActorRemindersByTypeResponse> UnregisterActorRemindersByType(
        Rt.UnregisterActorRemindersByTypeRequest request, ServerCallContext context)
    {
        await Actors.DeleteRemindersAsync(request.ActorType, request.HasActorId ? request.ActorId : null, context.CancellationToken);
        return new Rt.UnregisterActorRemindersByTypeResponse();
    }

    // Proto fields that are optional: set or not, but never null.
    private static void SetTimes(JobDefinition reminder, Action<string> dueTime, Action<string> period)
    {
        if (reminder.DueTime is { } due)
            dueTime(due);
        if (reminder.Schedule is { } schedule)
            period(schedule);
    }

    private static void RequireActorName(string parameter, string value)
    {
        if (ActorNames.FaultOf(value) is { } fault)
            throw InvalidActorCall($"invalid {parameter}: {fault}");
    }

    private static RpcException InvalidActorCall(string message) => new(new Status(StatusCode.InvalidArgument, message));

    // The SDKs expect the bytes as a base64 string in JSON.
    private static ReadOnlyMemory<byte>? CallbackData(ByteString data) =>
        data.IsEmpty ? null : System.Text.Encoding.ASCII.GetBytes($"\"{data.ToBase64()}\"");

    private static Any? PackCallbackData(ReadOnlyMemory<byte>? data) =>
        data is { } bytes ? Any.Pack(new BytesValue { Value = UnsafeByteOperations.UnsafeWrap(bytes) }) : null;
}
