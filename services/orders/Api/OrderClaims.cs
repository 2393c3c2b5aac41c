using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using NexusCart.Orders.Actors;
using NexusCart.Orders.Domain;
using NexusCart.Platform.Calls;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Security;
using NexusCart.Users.V1;
using UsersClient = NexusCart.Users.V1.Users.UsersClient;
using Wire = NexusCart.Orders.V1;

namespace NexusCart.Orders.Api;

/// <summary>
/// Lets an account take over an order that was placed without one. The proof is the order's address, and that mail to it is read: by a token
/// that was mailed there, or by the account's own verified address. A wrong proof is answered like an order that does not exist.
/// </summary>
public sealed class OrderClaims(OrderStore orders, UsersClient users, ISecrets secrets, TimeProvider clock)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    /// <summary>Makes the token of a guest's order.</summary>
    /// <param name="orderId">The order.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="RpcException">NOT_FOUND: there is no such order of a guest.</exception>
    public async Task<(string Token, DateTimeOffset ExpiresAt)> IssueAsync(string orderId, CancellationToken cancellationToken)
    {
        var order = await orders.ReadAsync(orderId, cancellationToken);
        if (order is not { IsGuest: true })
            throw Refusal.NotFound("order", orderId);
        var expires = clock.GetUtcNow() + Lifetime;
        return (Write(order, expires.ToUnixTimeSeconds()), expires);
    }

    /// <summary>Makes an order that of the caller.</summary>
    /// <param name="request">Which, and the proof.</param>
    /// <param name="context">The caller's call.</param>
    /// <exception cref="RpcException">NOT_FOUND: there is no such order, or the proof is none. PERMISSION_DENIED: the caller has no account.</exception>
    public async Task<Order> ClaimAsync(Wire.ClaimOrderRequest request, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (context.HasRole(Tokens.GuestRole))
            throw Refusal.Forbidden("An order can be claimed by an account only.");
        var customerId = context.CustomerId();
        var order = await orders.ReadAsync(request.OrderId, context.CancellationToken);
        if (order is null || !(order.CustomerId == customerId || (order.IsGuest && await IsProvenAsync(order, request, context))))
            throw Refusal.NotFound("order", request.OrderId);

        var answer = await orders.ExecuteAsync(order.OrderId, new ClaimOrder(order.OrderId, customerId), context.CancellationToken);
        return answer.Denied is { } denied ? throw denied.ToRefusal() : answer.Order!;
    }

    private async Task<bool> IsProvenAsync(Order order, Wire.ClaimOrderRequest request, ServerCallContext context)
    {
        if (!SameAddress(order.Email, request.Email))
            return false;
        if (request.ClaimToken.Length > 0)
            return IsToken(order, request.ClaimToken);
        var profile = await users.GetProfileAsync(new GetProfileRequest(), context.OnBehalfOfUser());
        return profile.EmailVerified && SameAddress(order.Email, profile.Email);
    }

    private bool IsToken(Order order, string token)
    {
        var parts = token.Split('.', 2);
        if (parts.Length != 2 || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var expires))
            return false;
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(Write(order, expires)))
            && expires > clock.GetUtcNow().ToUnixTimeSeconds();
    }

    // Signed over who placed it, too: once the order has another owner, its tokens are worth nothing.
    private string Write(Order order, long expires)
    {
        // A key of its own, derived from the shop's.
        var key = HKDF.DeriveKey(
            HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secrets[Tokens.ServiceKeySecret]), SHA256.HashSizeInBytes, info: "order-claim"u8.ToArray());
        var text = string.Create(CultureInfo.InvariantCulture, $"{order.OrderId}\n{order.CustomerId}\n{order.Email}\n{expires}");
        var mac = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));
        return string.Create(CultureInfo.InvariantCulture, $"{expires}.{Base64Url.EncodeToString(mac)}");
    }

    private static bool SameAddress(string left, string right) => string.Equals(left, right.Trim(), StringComparison.OrdinalIgnoreCase);
}
