using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using AppCallback = Dapr.AppCallback.Autogen.Grpc.v1;

namespace NexusCart.Tests.Sidecar.Conformance;

/// <summary>A stub app that speaks gRPC: the callbacks of Dapr, unary, answered by the same rules.</summary>
internal sealed class GrpcStubApp(int port, JsonArray? profileRules, Func<string> sidecarHttp) : StubApp(port, profileRules, sidecarHttp)
{
    private const int HeaderLength = 5;

    protected override HttpProtocols Protocols => HttpProtocols.Http2;

    protected override async Task HandleAsync(HttpContext context)
    {
        var response = context.Response;
        response.ContentType = "application/grpc";
        if (MethodOf(context.Request.Path.Value!) is not { } method)
        {
            response.Headers["grpc-status"] = ((int)StatusCode.Unimplemented).ToString(CultureInfo.InvariantCulture);
            return;
        }

        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer);
        var json = ProtoJson.ToJson(method.InputType.Parser.ParseFrom(buffer.GetBuffer(), HeaderLength, (int)buffer.Length - HeaderLength))!;
        var text = SpacedJson.Write(json);
        var headers = context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => string.Join(", ", header.Value.ToArray()));
        Record(new ReceivedRequest(Environment.TickCount64, "GRPC", method.Name, "", headers, System.Text.Encoding.UTF8.GetBytes(text), text));

        var rule = Pick("GRPC", method.Name, text);
        await DelayAsync(rule);
        foreach (var (name, value) in (rule["headers"] as JsonObject) ?? [])
            response.Headers[name] = value!.ToString();
        if (rule["code"]?.GetValue<string>() is { } code && code != "OK")
        {
            response.Headers["grpc-status"] = ((int)CodeOf(code)).ToString(CultureInfo.InvariantCulture);
            response.Headers["grpc-message"] = Uri.EscapeDataString(rule["message"]?.GetValue<string>() ?? "");
            return;
        }

        var answer = ProtoJson.ToMessage(method.OutputType, AnswerOf(rule, json, text)).ToByteArray();
        var frame = new byte[HeaderLength + answer.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), answer.Length);
        answer.CopyTo(frame, HeaderLength);
        await response.Body.WriteAsync(frame);
        response.AppendTrailer("grpc-status", "0");
    }

    /// <summary>A status code by its name in capitals.</summary>
    public static StatusCode CodeOf(string name) => Enum.Parse<StatusCode>(name.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);

    private static MethodDescriptor? MethodOf(string path)
    {
        var parts = path.Split('/');
        return parts.Length == 3
            ? AppCallback.AppCallback.Descriptor.File.Services.FirstOrDefault(service => service.FullName == parts[1])?.FindMethodByName(parts[2])
            : null;
    }

    private static JsonNode? AnswerOf(JsonObject rule, JsonNode request, string text)
    {
        if (rule["bulk_status"]?.GetValue<string>() is { } status)
        {
            return new JsonObject
            {
                ["statuses"] = new JsonArray([.. (request["entries"] as JsonArray ?? []).Select(entry =>
                    new JsonObject { ["entryId"] = entry!["entryId"]!.DeepClone(), ["status"] = status })]),
            };
        }

        return rule["echo"]?.GetValue<bool>() == true
            ? new JsonObject
            {
                ["data"] = new JsonObject { ["$raw"] = new JsonObject { ["typeUrl"] = "", ["value"] = new JsonObject { ["$bytes"] = text } } },
                ["contentType"] = "application/json",
            }
            : rule["json"]?.DeepClone();
    }
}
