using NexusCart.Sandbox.Intents;
using NexusCart.Sandbox.Storage;

namespace NexusCart.Sandbox.Http;

/// <summary><c>/v1/events</c>: what a consumer that missed webhooks catches up with.</summary>
public static class EventEndpoints
{
    /// <summary>Adds the routes.</summary>
    public static void MapEvents(this IEndpointRouteBuilder routes)
    {
        const string Root = "/v1/events";
        routes.MapGet(Root, (HttpContext http, ApiExecutor api, StripeJson json) => api.QueryAsync(http, "events.list", null,
            (form, state) => List(form, state, json)));
        routes.MapGet(Root + "/{id}", (HttpContext http, ApiExecutor api, StripeJson json, string id) => api.QueryAsync(http, "events.retrieve", null,
            (form, state) => StripeJson.Bytes(writer => json.Write(
                writer, state.Events.GetValueOrDefault(id) ?? throw new ApiException(ApiError.Missing("event", id, "id"))))));
    }

    private static byte[] List(StripeForm form, LedgerState state, StripeJson json)
    {
        form.AllowOnly("type", "types", "created", "limit", "starting_after", "ending_before", "delivery_success");
        var types = form.Values.Where(pair => pair.Key == "type" || pair.Key.StartsWith("types[", StringComparison.Ordinal)).Select(pair => pair.Value).ToHashSet();
        // delivery_success=false lists what some endpoint has not taken yet.
        var onlyPending = form.Text("delivery_success") == "false";
        return Paging.Page("/v1/events", form, state.EventOrder, id => state.Events[id], stored => stored.Created,
            json.Write,
            stored => (types.Count == 0 || types.Contains(stored.Entry.Type)) && (!onlyPending || stored.Entry.Endpoints.Count > 0));
    }
}
