using NexusCart.Sandbox.Storage;
using NexusCart.Sandbox.Webhooks;

namespace NexusCart.Sandbox.Control;

/// <summary>
/// <c>/_control</c>: what tests steer the sandbox with. Bodies must be <c>application/json</c>, which a page in a browser
/// cannot send here without a permission that the sandbox never gives.
/// </summary>
public static class ControlEndpoints
{
    /// <summary>Adds the routes.</summary>
    public static void MapControl(this IEndpointRouteBuilder routes)
    {
        var control = routes.MapGroup("/_control");
        control.MapGet("/faults", (FaultBox faults) => faults.Waiting);
        control.MapPost("/faults", (Fault fault, FaultBox faults) => AddFault(fault, faults));
        control.MapPost("/faults/clear", (ControlCommand _, FaultBox faults, WebhookFaults webhooks) =>
        {
            faults.Clear();
            webhooks.Set(new());
            return Results.NoContent();
        });
        control.MapGet("/webhooks", (WebhookFaults faults, WebhookEndpoints endpoints, WebhookDispatcher dispatcher) => new
        {
            faults = faults.Current,
            endpoints = endpoints.Urls,
            in_flight = dispatcher.InFlight,
        });
        control.MapPost("/webhooks", (WebhookFaultSettings settings, WebhookFaults faults) =>
        {
            faults.Set(settings);
            return Results.NoContent();
        });
        control.MapPost("/webhooks/endpoints", (EndpointsCommand command, WebhookEndpoints endpoints) =>
        {
            endpoints.Replace(command.Urls);
            return Results.NoContent();
        });
        control.MapGet("/effects", (Ledger ledger, string? key, string? value) => ledger.Read(state => Effects.Of(state, key, value)));
        control.MapGet("/clock", (ShiftableClock clock) => new { now = clock.GetUtcNow(), offset_seconds = clock.Offset.TotalSeconds });
        control.MapPost("/clock", (ClockCommand command, ShiftableClock clock, Housekeeping housekeeping) =>
        {
            clock.Advance(TimeSpan.FromSeconds(command.AdvanceSeconds));
            housekeeping.Run();
            return Results.NoContent();
        });
        control.MapPost("/reset", (ControlCommand _, Ledger ledger, FaultBox faults, WebhookFaults webhooks, ShiftableClock clock) =>
        {
            ledger.Reset();
            faults.Clear();
            webhooks.Set(new());
            clock.Reset();
            return Results.NoContent();
        });
    }

    private static IResult AddFault(Fault fault, FaultBox faults)
    {
        if (fault.Times < 1 || fault.Skip < 0 || fault.DelayBeforeMs < 0 || fault.DelayAfterMs < 0 || fault.Status is < 400 or > 599)
            return Results.Problem("times must be at least 1, skip and the delays not negative, status 400 to 599.", statusCode: 400);
        faults.Add(fault);
        return Results.NoContent();
    }
}

/// <summary>An empty command; its JSON body only proves that no browser page sent it.</summary>
public sealed record ControlCommand;

/// <summary>Moves the sandbox's clock.</summary>
/// <param name="AdvanceSeconds">Seconds forward, not negative.</param>
public sealed record ClockCommand(double AdvanceSeconds);

/// <summary>Names the webhook endpoints anew.</summary>
/// <param name="Urls">Absolute addresses; none turns delivery off.</param>
public sealed record EndpointsCommand(IReadOnlyList<Uri> Urls);
