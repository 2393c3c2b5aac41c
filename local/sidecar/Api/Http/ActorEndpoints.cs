using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Primitives;
using NexusCart.Sidecar.Actors;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Scheduling;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>Adds the actor routes.</summary>
internal static class ActorRoutes
{
    /// <summary>Maps the actor API.</summary>
    public static void MapActors(this IEndpointRouteBuilder routes) =>
        new ActorEndpoints(
            routes.ServiceProvider.GetRequiredService<ActorRuntime>(),
            routes.ServiceProvider.GetRequiredService<SidecarOptions>()).Map(routes);
}

/// <summary>The actor routes of the HTTP API.</summary>
internal sealed class ActorEndpoints(ActorRuntime actors, SidecarOptions options)
{
    private const string Actor = "/v1.0/actors/{actorType}/{actorId}";
    private const string TtlHeader = "metadata.ttlExpireTime";

    private static readonly string[] Writes = [HttpMethods.Post, HttpMethods.Put];
    private static readonly string[] Reads = [HttpMethods.Get];
    private static readonly string[] Deletes = [HttpMethods.Delete];

    /// <summary>Adds the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods(Actor + "/method/{method}", [.. Writes, .. Reads, .. Deletes], InvokeAsync);
        routes.MapMethods(Actor + "/state", Writes, TransactStateAsync);
        routes.MapMethods(Actor + "/state/{key}", Reads, GetStateAsync);
        routes.MapMethods(Actor + "/reminders/{name}", Writes, CreateReminderAsync);
        routes.MapMethods(Actor + "/reminders/{name}", Reads, GetReminderAsync);
        routes.MapMethods(Actor + "/reminders/{name}", Deletes, DeleteReminderAsync);
        routes.MapMethods(Actor + "/timers/{name}", Writes, CreateTimerAsync);
        routes.MapMethods(Actor + "/timers/{name}", Deletes, DeleteTimerAsync);
    }

    private async Task InvokeAsync(HttpContext context)
    {
        var (type, id) = ActorOf(context);
        Require("actorType", type);
        Require("actorId", id);
        if (ActorNames.NormalizeMethod(context.PathValue("method"), out var method) is { } fault)
            throw ActorErrors.Invalid(fault);
        var request = context.Request;
        var call = new ActorCall
        {
            Type = type,
            Id = id,
            Method = method,
            Query = request.QueryString.Value ?? "",
            Body = await BodyAsync(context),
            ContentType = request.ContentType,
            Headers = request.Headers,
            ReentrancyId = request.Headers.TryGetValue(ActorCall.ReentrancyHeader, out var reentrancyId) ? reentrancyId[0] : null,
            Trace = TraceContext.Of(context),
        };
        using var reply = await actors.InvokeAsync(call, context.RequestAborted);
        await WriteAsync(context.Response, reply);
    }

    private async Task TransactStateAsync(HttpContext context)
    {
        var (type, id) = ActorOf(context);
        var operations = ActorBodies.Operations(await StateBodyAsync(context, type), options.Strict);
        await actors.TransactStateAsync(type, id, operations, context.RequestAborted);
        await context.Response.NoContentAsync();
    }

    private async Task GetStateAsync(HttpContext context)
    {
        var (type, id) = ActorOf(context);
        var entry = await actors.GetStateAsync(type, id, context.PathValue("key"), context.RequestAborted);
        if (entry is null || entry.Value.IsEmpty)
        {
            await context.Response.NoContentAsync();
            return;
        }

        if (entry.ExpiresAt is { } expires)
            context.Response.Headers[TtlHeader] = Rfc3339(expires);
        await context.Response.JsonBytesAsync(entry.Value);
    }

    private async Task CreateReminderAsync(HttpContext context)
    {
        var (type, id) = ActorOf(context);
        var request = ActorBodies.Reminder(await StateBodyAsync(context, type), type, id, context.PathValue("name"));
        await actors.CreateReminderAsync(request, context.RequestAborted);
        await context.Response.NoContentAsync();
    }

    private async Task GetReminderAsync(HttpContext context)
    {
        var (type, id) = ActorOf(context);
        var reminder = await actors.GetReminderAsync(type, id, context.PathValue("name"), context.RequestAborted);
        await context.Response.JsonBytesAsync(ReminderJson(reminder, type));
    }

    private async Task DeleteReminderAsync(HttpContext context)
    {
        var (type, id) = ActorOf(context);
        await actors.DeleteReminderAsync(type, id, context.PathValue("name"), context.RequestAborted);
        await context.Response.NoContentAsync();
    }

    private async Task CreateTimerAsync(HttpContext context)
    {
        var (type, id) = ActorOf(context);
        var request = ActorBodies.Timer(await StateBodyAsync(context, type), type, id, context.PathValue("name"));
        await actors.CreateTimerAsync(request, context.RequestAborted);
        await context.Response.NoContentAsync();
    }

    private Task DeleteTimerAsync(HttpContext context)
    {
        var (type, id) = ActorOf(context);
        actors.DeleteTimer(type, id, context.PathValue("name"));
        return context.Response.NoContentAsync();
    }

    private static (string Type, string Id) ActorOf(HttpContext context) => (context.PathValue("actorType"), context.PathValue("actorId"));

    private static void Require(string parameter, string value)
    {
        if (ActorNames.FaultOf(value) is { } fault)
            throw ActorErrors.Invalid($"invalid {parameter}: {fault}");
    }

    // The array is not pooled: the app's connection may still send it when the answer is already there.
    private static async ValueTask<ReadOnlyMemory<byte>> BodyAsync(HttpContext context)
    {
        try
        {
            return await RequestBody.ReadAsync(context);
        }
        catch (BodyTooLargeException e)
        {
            throw ActorErrors.Invalid("failed to read body: " + e.Message);
        }
    }

    // A reserved type is refused before the body is looked at.
    private static async ValueTask<ReadOnlyMemory<byte>> StateBodyAsync(HttpContext context, string type)
    {
        if (ActorNames.IsReserved(type))
            throw ActorErrors.Reserved(type);
        try
        {
            return await RequestBody.ReadAsync(context);
        }
        catch (BodyTooLargeException e)
        {
            throw ActorErrors.Malformed(e.Message);
        }
    }

    private static async Task WriteAsync(HttpResponse response, ActorReply reply)
    {
        response.StatusCode = reply.Status;
        Copy(reply.Headers, response.Headers);
        Copy(reply.ContentHeaders, response.Headers);
        response.ContentType = reply.ContentType;
        response.ContentLength = reply.Body.Length;
        await response.Body.WriteAsync(reply.Body, response.HttpContext.RequestAborted);
    }

    private static void Copy(HttpHeadersNonValidated from, IHeaderDictionary to)
    {
        foreach (var (name, values) in from)
        {
            // The server writes the date itself.
            if (!ActorHeaders.Travels(name) || name.Equals("Date", StringComparison.OrdinalIgnoreCase))
                continue;
            to[name] = values.Count == 1 ? new StringValues(values.ToString()) : new StringValues([.. values]);
        }
    }

    private static byte[] ReminderJson(JobDefinition reminder, string type)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("actorID", reminder.Id.Owner);
            json.WriteString("actorType", type);
            if (reminder.Data is { IsEmpty: false } data)
            {
                json.WritePropertyName("data");
                json.WriteRawValue(data.Span, skipInputValidation: true);
            }

            if (reminder.DueTime is { } dueTime)
                json.WriteString("dueTime", dueTime);
            if (reminder.Schedule is { } schedule)
                json.WriteString("period", schedule);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static string Rfc3339(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
}
