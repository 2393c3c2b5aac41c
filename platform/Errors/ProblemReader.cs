using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace NexusCart.Platform.Errors;

/// <summary>Reads a google.rpc.Status as a problem.</summary>
internal static class ProblemReader
{
    private static readonly JsonParser StatusParser = new(JsonParser.Settings.Default
        .WithIgnoreUnknownFields(true)
        .WithTypeRegistry(TypeRegistry.FromMessages(
            BadRequest.Descriptor, ErrorInfo.Descriptor, RetryInfo.Descriptor, ResourceInfo.Descriptor)));

    /// <summary>The problem of an exception thrown by a gRPC client or by <see cref="Refusal"/>.</summary>
    public static Problem FromRpc(RpcException fault) =>
        fault.GetRpcStatus() is { } status ? FromStatus(status) : new Problem(Problem.HttpStatus(fault.StatusCode), fault.Status.Detail);

    /// <summary>The problem of a status in its JSON form; null where the text is none.</summary>
    public static Problem? FromJson(ReadOnlySpan<byte> json)
    {
        try
        {
            var status = StatusParser.Parse<Google.Rpc.Status>(Encoding.UTF8.GetString(json));
            return status.Code == (int)Code.Ok ? null : FromStatus(status);
        }
        catch (Exception fault) when (fault is InvalidProtocolBufferException or InvalidJsonException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static Problem FromStatus(Google.Rpc.Status status)
    {
        Dictionary<string, List<string>>? errors = null;
        foreach (var violation in status.GetDetail<BadRequest>()?.FieldViolations ?? [])
        {
            errors ??= [];
            if (!errors.TryGetValue(violation.Field, out var reasons)) errors[violation.Field] = reasons = [];
            reasons.Add(violation.Description);
        }
        var reason = status.GetDetail<ErrorInfo>()?.Reason;
        return new Problem(
            reason == Refusal.StaleReason ? StatusCodes.Status412PreconditionFailed : Problem.HttpStatus((StatusCode)status.Code),
            status.Message, reason, errors)
        {
            RetryAfter = status.GetDetail<RetryInfo>()?.RetryDelay?.ToTimeSpan(),
        };
    }
}
