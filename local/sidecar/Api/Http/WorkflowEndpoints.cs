using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using NexusCart.Sidecar.Workflows;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>Workflows over HTTP. The component's name is not looked at, as in daprd.</summary>
internal static class WorkflowEndpoints
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly byte[] Nothing = "{}"u8.ToArray();

    /// <summary>Maps the routes of all stages of the API.</summary>
    public static void MapWorkflowManagement(this IEndpointRouteBuilder routes)
    {
        foreach (var stage in (ReadOnlySpan<string>)["v1.0", "v1.0-beta1", "v1.0-alpha1"])
        {
            var root = $"/{stage}/workflows/{{component}}/{{id}}";
            routes.MapGet(root, (RequestDelegate)GetAsync);
            routes.MapPost(root + "/start", (RequestDelegate)StartAsync);
            routes.MapPost(root + "/raiseEvent/{event}", (RequestDelegate)RaiseEventAsync);
            Map(routes, root + "/pause", static (workflows, context) => workflows.PauseAsync(IdOf(context), context.RequestAborted));
            Map(routes, root + "/resume", static (workflows, context) => workflows.ResumeAsync(IdOf(context), context.RequestAborted));
            Map(routes, root + "/terminate", static (workflows, context) => workflows.TerminateAsync(IdOf(context), IsRecursive(context), context.RequestAborted));
            Map(routes, root + "/purge", static (workflows, context) => workflows.PurgeAsync(IdOf(context), IsRecursive(context), context.RequestAborted));
        }
    }

    private static void Map(IEndpointRouteBuilder routes, string route, Func<WorkflowManagement, HttpContext, Task> action) =>
        routes.MapPost(route, (RequestDelegate)(async context =>
        {
            await action(Workflows(context), context);
            await AcceptedAsync(context, Nothing);
        }));

    private static async Task StartAsync(HttpContext context)
    {
        // The place of the id holds the workflow's name here.
        var input = await ReadTextAsync(context);
        var id = await Workflows(context).StartAsync(context.Request.Query["instanceID"].ToString(), IdOf(context), input, context.RequestAborted);
        await AcceptedAsync(context, Write(json => json.WriteString("instanceID", id)));
    }

    private static async Task RaiseEventAsync(HttpContext context)
    {
        var data = await ReadTextAsync(context);
        await Workflows(context).RaiseEventAsync(IdOf(context), context.PathValue("event"), data, context.RequestAborted);
        await AcceptedAsync(context, Nothing);
    }

    private static async Task GetAsync(HttpContext context)
    {
        var id = IdOf(context);
        var state = await Workflows(context).GetAsync(id, context.RequestAborted) ?? throw WorkflowManagement.NotFound(id);
        await context.Response.JsonBytesAsync(Write(json =>
        {
            json.WriteString("instanceID", state.InstanceId);
            json.WriteString("workflowName", state.Name);
            json.WriteString("createdAt", TimeText(state.CreatedTimestamp));
            json.WriteString("lastUpdatedAt", TimeText(state.LastUpdatedTimestamp));
            json.WriteString("runtimeStatus", WorkflowProperties.StatusOf(state));
            json.WriteStartObject("properties");
            foreach (var (name, value) in WorkflowProperties.Of(state))
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
        }));
    }

    private static WorkflowManagement Workflows(HttpContext context) => context.RequestServices.GetRequiredService<WorkflowManagement>();

    private static string IdOf(HttpContext context) => context.PathValue("id");

    private static bool IsRecursive(HttpContext context) => context.Request.Query["non_recursive"] != "true";

    private static string TimeText(Timestamp time) =>
        time.ToDateTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    private static async Task<string?> ReadTextAsync(HttpContext context)
    {
        var body = await RequestBody.ReadAsync(context);
        return body.IsEmpty ? null : Encoding.UTF8.GetString(body.Span);
    }

    private static Task AcceptedAsync(HttpContext context, ReadOnlyMemory<byte> json) =>
        context.Response.JsonBytesAsync(json, StatusCodes.Status202Accepted);

    private static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, WriterOptions))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
