using NexusCart.Carts.Actors;
using NexusCart.Platform.Events;

namespace NexusCart.Carts.Events;

/// <summary>What carts reads of <c>user.erased.v1</c> on topic <c>users</c>.</summary>
/// <param name="UserId">Whose account was erased.</param>
public sealed record UserErased(string UserId)
{
    /// <summary>CloudEvents type.</summary>
    public const string Type = "user.erased.v1";

    /// <summary>Topic.</summary>
    public const string Topic = "users";
}

/// <summary>Drops the carts of an erased account.</summary>
public static class UserErasedHandler
{
    /// <summary>Handles one event; idempotent, since whoever is erased stays so and makes no carts any more.</summary>
    public static Task HandleAsync(UserErased erased, EventContext context)
    {
        ArgumentNullException.ThrowIfNull(erased);
        ArgumentNullException.ThrowIfNull(context);
        return context.Services.GetRequiredService<CartActors>().EraseAsync(erased.UserId, context.CancellationToken);
    }
}
