using NexusCart.Sandbox.PayPal.Http;
using NexusCart.Sandbox.PayPal.Orders;
using NexusCart.Sandbox.PayPal.Storage;
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
            faults = new[] { faults.Of(Providers.Stripe), faults.Of(Providers.PayPal) },
            endpoints = endpoints.Urls(Providers.Stripe),
            paypal_endpoints = endpoints.Urls(Providers.PayPal),
            in_flight = dispatcher.InFlight,
        });
        control.MapPost("/webhooks", (WebhookFaultSettings settings, WebhookFaults faults) =>
        {
            faults.Set(settings);
            return Results.NoContent();
        });
        control.MapPost("/webhooks/endpoints", (EndpointsCommand command, WebhookEndpoints endpoints) =>
        {
            endpoints.Replace(command.Provider ?? Providers.Stripe, command.Urls);
            return Results.NoContent();
        });
        control.MapGet("/effects", (Ledger ledger, PayPalLedger payPal, string? key, string? value) =>
            ledger.Read(state => Effects.Of(state, key, value)).And(payPal.Read(state => Effects.Of(state, key, value))));
        control.MapGet("/limits", (RateLimits limits) => limits.Current);
        control.MapPost("/limits", (RateLimit limit, RateLimits limits) => SetLimit(limit, limits));
        control.MapPost("/paypal/orders/{id}/approve", (string id, ApproveCommand command, PayPalBook book) =>
            ApprovalPages.Approve(book, id, command.Buyer ?? Buyers.Default).Error is { } refused
                ? Results.Problem(refused.Message, statusCode: refused.Status)
                : Results.NoContent());
        control.MapGet("/clock", (ShiftableClock clock) => new { now = clock.GetUtcNow(), offset_seconds = clock.Offset.TotalSeconds });
        control.MapPost("/clock", (ClockCommand command, ShiftableClock clock, Housekeeping housekeeping) =>
        {
            clock.Advance(TimeSpan.FromSeconds(command.AdvanceSeconds));
            housekeeping.Run();
            return Results.NoContent();
        });
        control.MapPost("/reset", (ControlCommand _, Ledger ledger, PayPalLedger payPal, FaultBox faults, WebhookFaults webhooks, ShiftableClock clock) =>
        {
            ledger.Reset();
            payPal.Reset();
            faults.Clear();
            webhooks.Set(new());
            clock.Reset();
            return Results.NoContent();
        });
    }

    private static IResult SetLimit(RateLimit limit, RateLimits limits)
    {
        if (limit.Provider is not (Providers.Stripe or Providers.PayPal) || limit.RequestsPerSecond < 0 || limit.Burst < 0)
            return Results.Problem("provider must be stripe or paypal, requests_per_second and burst not negative.", statusCode: 400);
        limits.Set(limit);
        return Results.NoContent();
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
/// <param name="Provider">Whose; Stripe's by default.</param>
public sealed record EndpointsCommand(IReadOnlyList<Uri> Urls, string? Provider = null);

/// <summary>Has a test buyer approve a PayPal order.</summary>
/// <param name="Buyer">A name of <see cref="Buyers"/>; the one whose money is there by default.</param>
public sealed record ApproveCommand(string? Buyer = null);
