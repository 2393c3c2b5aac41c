using NexusCart.Orders.AfterSales;
using NexusCart.Platform.Events;

namespace NexusCart.Orders.Events;

/// <summary>What orders reads of <c>user.erased.v1</c> on topic <c>users</c>.</summary>
/// <param name="UserId">Whose account was erased.</param>
public sealed record ErasedUser(string UserId)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "user.erased.v1";
}

/// <summary>Has the contact data of erased customers' orders go.</summary>
public static class ErasedUsers
{
    private const string Topic = "users";

    /// <summary>Subscribes.</summary>
    /// <param name="endpoints">The application.</param>
    public static void MapErasedUsers(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapSubscription(Topic, users => users.On(ErasedUser.Type, OrderEventsJson.Default.ErasedUser, HandleAsync));

    // Idempotent: an order is marked once, and its contact data go once.
    private static Task HandleAsync(ErasedUser erased, EventContext context) =>
        context.Services.GetRequiredService<ErasureDesk>().EraseAsync(erased.UserId, context.CancellationToken);
}
