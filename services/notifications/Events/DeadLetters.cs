using System.Security.Cryptography;
using System.Text;
using NexusCart.Notifications.Actors;
using NexusCart.Notifications.Domain;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Events;

namespace NexusCart.Notifications.Events;

/// <summary>Keeps what subscribers refused to the end, for staff to look at.</summary>
public static class DeadLetters
{
    /// <summary>Every topic of the shop: each has a dead-letter topic beside it.</summary>
    public static IReadOnlyList<string> Topics { get; } = ["carts", "orders", "payments", "products", "promotions", "stock", "users"];

    /// <summary>Subscribes to the dead-letter topics.</summary>
    public static void MapDeadLetters(this IEndpointRouteBuilder endpoints)
    {
        foreach (var topic in Topics)
            endpoints.MapDeadLetters(topic, HandleAsync);
    }

    /// <summary>The id of an event's dead letter: 32 hexadecimal digits.</summary>
    public static string IdOf(string topic, string eventId) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(topic + "\n" + eventId)).AsSpan(0, 16));

    private static Task HandleAsync(RefusedEvent refused, EventContext context)
    {
        var dead = new DeadEvent(refused.Topic, context.Id, context.Type, context.Source, context.Subject, refused.Envelope);
        return context.Services.GetRequiredService<ShardClient<DeadLetter, DeadLetterCommand, DeadLetterAnswer>>()
            .ExecuteAsync(IdOf(refused.Topic, context.Id), new DeadLetterCommand(dead), context.CancellationToken);
    }
}
