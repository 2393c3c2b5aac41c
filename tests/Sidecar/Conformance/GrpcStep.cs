using System.Text.Json.Nodes;
using System.Threading.Channels;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Net.Client;
using AppCallback = Dapr.AppCallback.Autogen.Grpc.v1;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Tests.Sidecar.Conformance;

/// <summary>Sends gRPC steps by the descriptors.</summary>
internal static class GrpcStep
{
    private const string DetailsTrailer = "grpc-status-details-bin";

    private static readonly Marshaller<byte[]> Raw = new(bytes => bytes, bytes => bytes);

    public static async Task<JsonObject> SendAsync(GrpcChannel channel, JsonObject step)
    {
        var (service, method) = Find(step["method"]!.GetValue<string>());
        var began = Environment.TickCount64;
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(
            new Method<byte[], byte[]>(MethodType.Unary, service, method.Name, Raw, Raw),
            null,
            new CallOptions(MetadataOf(step), DateTime.UtcNow.AddSeconds(step["timeout"]?.GetValue<double>() ?? 30)),
            ProtoJson.ToMessage(method.InputType, step["message"]).ToByteArray());
        var answer = await OutcomeAsync(call, method);
        answer["seconds"] = (Environment.TickCount64 - began) / 1000d;
        return answer;
    }

    public static (string Service, MethodDescriptor Method) Find(string name)
    {
        var parts = name.Trim('/').Split('/');
        if (parts.Length == 1)
            return (Rt.Dapr.Descriptor.FullName, Rt.Dapr.Descriptor.FindMethodByName(parts[0]));
        var service = AppCallback.AppCallback.Descriptor.File.Services.Concat(Rt.Dapr.Descriptor.File.Services).First(service => service.FullName == parts[0]);
        return (service.FullName, service.FindMethodByName(parts[1]));
    }

    public static global::Grpc.Core.Metadata MetadataOf(JsonObject step)
    {
        var metadata = new global::Grpc.Core.Metadata();
        foreach (var (name, value) in (step["metadata"] as JsonObject) ?? [])
            metadata.Add(name, value!.GetValue<string>());
        return metadata;
    }

    public static JsonObject Failure(RpcException e) => new()
    {
        ["code"] = NameOf(e.StatusCode),
        ["message"] = e.Status.Detail,
        ["details"] = DetailsOf(e.Trailers),
    };

    public static string NameOf(StatusCode code) => code switch
    {
        StatusCode.OK => "OK",
        _ => string.Concat(code.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? "_" + c : char.ToUpperInvariant(c).ToString())),
    };

    private static async Task<JsonObject> OutcomeAsync(AsyncUnaryCall<byte[]> call, MethodDescriptor method)
    {
        JsonObject answer;
        try
        {
            var bytes = await call;
            answer = new JsonObject { ["code"] = "OK", ["json"] = ProtoJson.ToJson(method.OutputType.Parser.ParseFrom(bytes)) };
        }
        catch (RpcException e)
        {
            answer = Failure(e);
        }

        var headers = new JsonObject();
        foreach (var entry in (await InitialAsync(call)).Concat(call.GetTrailers()))
            headers[entry.Key] = entry.IsBinary ? Convert.ToBase64String(entry.ValueBytes) : entry.Value;
        answer["headers"] = headers;
        return answer;
    }

    private static async Task<global::Grpc.Core.Metadata> InitialAsync(AsyncUnaryCall<byte[]> call)
    {
        try
        {
            return await call.ResponseHeadersAsync;
        }
        catch (RpcException)
        {
            return []; // The call failed before there were any.
        }
    }

    private static JsonArray DetailsOf(global::Grpc.Core.Metadata trailers)
    {
        if (trailers.GetValueBytes(DetailsTrailer) is not { } bytes)
            return [];
        return [.. Google.Rpc.Status.Parser.ParseFrom(bytes).Details.Select(ProtoJson.ToJson)];
    }
}

/// <summary>An open stream of a case.</summary>
internal sealed class StreamStep : IDisposable
{
    private static readonly Marshaller<byte[]> Raw = new(bytes => bytes, bytes => bytes);

    private readonly Channel<JsonObject> _arrived = Channel.CreateUnbounded<JsonObject>();
    private readonly CancellationTokenSource _cancelled = new();
    private readonly MethodDescriptor _method;
    private readonly IDisposable _call;
    private readonly IClientStreamWriter<byte[]>? _requests;

    public StreamStep(GrpcChannel channel, JsonObject step)
    {
        (var service, _method) = GrpcStep.Find(step["method"]!.GetValue<string>());
        var options = new CallOptions(GrpcStep.MetadataOf(step), cancellationToken: _cancelled.Token);
        IAsyncStreamReader<byte[]> responses;
        if (_method.IsClientStreaming)
        {
            var duplex = channel.CreateCallInvoker().AsyncDuplexStreamingCall(
                new Method<byte[], byte[]>(MethodType.DuplexStreaming, service, _method.Name, Raw, Raw), null, options);
            (_call, _requests, responses) = (duplex, duplex.RequestStream, duplex.ResponseStream);
        }
        else
        {
            var server = channel.CreateCallInvoker().AsyncServerStreamingCall(
                new Method<byte[], byte[]>(MethodType.ServerStreaming, service, _method.Name, Raw, Raw),
                null,
                options,
                ProtoJson.ToMessage(_method.InputType, step["message"]).ToByteArray());
            (_call, responses) = (server, server.ResponseStream);
        }

        _ = PumpAsync(responses);
    }

    public Task SendAsync(JsonNode? message) => _requests!.WriteAsync(ProtoJson.ToMessage(_method.InputType, message).ToByteArray());

    public async Task<JsonObject> ReceiveAsync(TimeSpan within, string? contains)
    {
        using var limit = new CancellationTokenSource(within);
        try
        {
            while (true)
            {
                var next = await _arrived.Reader.ReadAsync(limit.Token);
                if (contains is null || next.ContainsKey("closed") || next.ToJsonString().Contains(contains, StringComparison.Ordinal))
                    return next;
            }
        }
        catch (OperationCanceledException)
        {
            return new JsonObject { ["nothing"] = true };
        }
    }

    public void Dispose()
    {
        _cancelled.Cancel();
        _call.Dispose();
        _cancelled.Dispose();
    }

    private async Task PumpAsync(IAsyncStreamReader<byte[]> responses)
    {
        try
        {
            while (await responses.MoveNext(CancellationToken.None))
                _arrived.Writer.TryWrite(new JsonObject { ["json"] = ProtoJson.ToJson(_method.OutputType.Parser.ParseFrom(responses.Current)) });
            _arrived.Writer.TryWrite(new JsonObject { ["closed"] = true, ["code"] = "OK" });
        }
        catch (RpcException e)
        {
            var failure = GrpcStep.Failure(e);
            failure["closed"] = true;
            _arrived.Writer.TryWrite(failure);
        }
    }
}
