using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf.Collections;
using NexusCart.Sidecar.Metadata;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>The metadata API over HTTP; its JSON is daprd's own and not protobuf's.</summary>
internal static class MetadataEndpoints
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Maps the routes.</summary>
    public static void MapMetadata(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1.0/metadata", (RequestDelegate)GetAsync);
        routes.MapPut("/v1.0/metadata/{key}", (RequestDelegate)SetAsync);
    }

    private static Task GetAsync(HttpContext context)
    {
        var metadata = context.RequestServices.GetRequiredService<MetadataService>().Get();
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, WriterOptions))
            Write(json, metadata);
        return context.Response.JsonBytesAsync(buffer.WrittenMemory);
    }

    private static async Task SetAsync(HttpContext context)
    {
        var body = await RequestBody.ReadAsync(context);
        context.RequestServices.GetRequiredService<MetadataService>().Set(context.PathValue("key"), Encoding.UTF8.GetString(body.Span));
        await context.Response.NoContentAsync();
    }

    private static void Write(Utf8JsonWriter json, Rt.GetMetadataResponse metadata)
    {
        json.WriteStartObject();
        json.WriteString("id", metadata.Id);
        json.WriteString("runtimeVersion", metadata.RuntimeVersion);
        json.WriteStartArray("enabledFeatures");
        foreach (var feature in metadata.EnabledFeatures)
            json.WriteStringValue(feature);
        json.WriteEndArray();
        WriteActors(json, "actors", metadata.ActorRuntime.ActiveActors);
        WriteList(json, "components", metadata.RegisteredComponents, WriteComponent);
        WriteMap(json, "extended", metadata.ExtendedMetadata);
        WriteList(json, "subscriptions", metadata.Subscriptions, WriteSubscription);
        WriteList(json, "httpEndpoints", metadata.HttpEndpoints, (writer, endpoint) => writer.WriteString("name", endpoint.Name));
        WriteConnection(json, metadata.AppConnectionProperties);
        WriteActorRuntime(json, metadata.ActorRuntime);
        if (metadata.Scheduler is { } scheduler)
        {
            json.WriteStartObject("scheduler");
            json.WriteStartArray("connected_addresses");
            foreach (var address in scheduler.ConnectedAddresses)
                json.WriteStringValue(address);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        if (metadata.Workflows is { } workflows)
        {
            json.WriteStartObject("workflows");
            json.WriteNumber("connectedWorkers", workflows.ConnectedWorkers);
            json.WriteEndObject();
        }

        WriteList(json, "resiliencies", metadata.Resiliencies, (writer, resiliency) => writer.WriteString("name", resiliency.Name));
        json.WriteEndObject();
    }

    private static void WriteList<T>(Utf8JsonWriter json, string name, IReadOnlyCollection<T> items, Action<Utf8JsonWriter, T> write)
    {
        if (items.Count == 0)
            return;
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(json, item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteMap(Utf8JsonWriter json, string name, MapField<string, string> map)
    {
        if (map.Count == 0)
            return;
        json.WriteStartObject(name);
        foreach (var (key, value) in map)
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static void WriteActors(Utf8JsonWriter json, string name, RepeatedField<Rt.ActiveActorsCount> actors) =>
        WriteList(json, name, actors, (writer, actor) =>
        {
            writer.WriteString("type", actor.Type);
            writer.WriteNumber("count", actor.Count);
        });

    private static void WriteComponent(Utf8JsonWriter json, Rt.RegisteredComponents component)
    {
        json.WriteString("name", component.Name);
        json.WriteString("type", component.Type);
        json.WriteString("version", component.Version);
        if (component.Capabilities.Count == 0)
            return;
        json.WriteStartArray("capabilities");
        foreach (var capability in component.Capabilities)
            json.WriteStringValue(capability);
        json.WriteEndArray();
    }

    private static void WriteSubscription(Utf8JsonWriter json, Rt.PubsubSubscription subscription)
    {
        json.WriteString("pubsubname", subscription.PubsubName);
        json.WriteString("topic", subscription.Topic);
        WriteMap(json, "metadata", subscription.Metadata);
        WriteList(json, "rules", subscription.Rules?.Rules ?? [], (writer, rule) =>
        {
            if (rule.Match.Length > 0)
                writer.WriteString("match", rule.Match);
            if (rule.Path.Length > 0)
                writer.WriteString("path", rule.Path);
        });
        json.WriteString("deadLetterTopic", subscription.DeadLetterTopic);
        json.WriteString("type", subscription.Type.ToString().ToUpperInvariant());
    }

    private static void WriteConnection(Utf8JsonWriter json, Rt.AppConnectionProperties connection)
    {
        json.WriteStartObject("appConnectionProperties");
        if (connection.Port > 0)
            json.WriteNumber("port", connection.Port);
        json.WriteString("protocol", connection.Protocol);
        json.WriteString("channelAddress", connection.ChannelAddress);
        if (connection.MaxConcurrency > 0)
            json.WriteNumber("maxConcurrency", connection.MaxConcurrency);
        if (connection.Health is { } health)
        {
            json.WriteStartObject("health");
            if (health.HealthCheckPath.Length > 0)
                json.WriteString("healthCheckPath", health.HealthCheckPath);
            json.WriteString("healthProbeInterval", health.HealthProbeInterval);
            json.WriteString("healthProbeTimeout", health.HealthProbeTimeout);
            json.WriteNumber("healthThreshold", health.HealthThreshold);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteActorRuntime(Utf8JsonWriter json, Rt.ActorRuntime runtime)
    {
        json.WriteStartObject("actorRuntime");
        json.WriteString("runtimeStatus", runtime.RuntimeStatus.ToString().ToUpperInvariant());
        WriteActors(json, "activeActors", runtime.ActiveActors);
        json.WriteBoolean("hostReady", runtime.HostReady);
        json.WriteString("placement", runtime.Placement);
        json.WriteEndObject();
    }
}
