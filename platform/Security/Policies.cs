using System.Collections.Frozen;
using System.Reflection;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace NexusCart.Platform.Security;

/// <summary>Who may call an RPC: put <c>[Authorize(Policies.Customer)]</c> or <c>[AllowAnonymous]</c> on each.</summary>
public static class Policies
{
    /// <summary>Anyone with a user's or guest's token. Which resources that opens is for the service to judge.</summary>
    public const string Customer = "Customer";

    /// <summary>Other services of the shop, by service token.</summary>
    public const string Internal = "Internal";

    /// <summary>May change products.</summary>
    public const string CatalogWrite = RolePrefix + "catalog.write";

    /// <summary>May receive stock.</summary>
    public const string InventoryWrite = RolePrefix + "inventory.write";

    /// <summary>May define promotions.</summary>
    public const string PromotionsWrite = RolePrefix + "promotions.write";

    /// <summary>May read everybody's orders.</summary>
    public const string OrdersRead = RolePrefix + "orders.read";

    /// <summary>May send, cancel and refund everybody's orders.</summary>
    public const string OrdersWrite = RolePrefix + "orders.write";

    /// <summary>May read what the auditor reads.</summary>
    public const string AuditRead = RolePrefix + "audit.read";

    /// <summary>May read ledgers, tasks and reconciliations of payments.</summary>
    public const string PaymentsRead = RolePrefix + "payments.read";

    /// <summary>May close tasks about payments, and reconcile them.</summary>
    public const string PaymentsWrite = RolePrefix + "payments.write";

    /// <summary>May say where webhooks go, and see how they fare.</summary>
    public const string WebhooksWrite = RolePrefix + "webhooks.write";

    /// <summary>May read, replay and discard dead letters.</summary>
    public const string DeadLettersWrite = RolePrefix + "dead-letters.write";

    /// <summary>May say what people may do.</summary>
    public const string UsersWrite = RolePrefix + "users.write";

    /// <summary>"Role:x" demands the role x in a user's token.</summary>
    internal const string RolePrefix = "Role:";

    /// <summary>The roles that a policy above demands. Customers and guests have none of them; whoever has one works for the shop.</summary>
    public static FrozenSet<string> StaffRoles { get; } = typeof(Policies).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(static field => field.GetRawConstantValue()).OfType<string>()
        .Where(static policy => policy.StartsWith(RolePrefix, StringComparison.Ordinal))
        .Select(static policy => policy[RolePrefix.Length..])
        .ToFrozenSet(StringComparer.Ordinal);
}

/// <summary>Makes the policies from their names.</summary>
internal sealed class PolicyProvider(IOptions<AuthorizationOptions> options) : IAuthorizationPolicyProvider
{
    private static readonly AuthorizationPolicy CustomerPolicy =
        new AuthorizationPolicyBuilder(Tokens.UserScheme).RequireAuthenticatedUser().RequireClaim("sub").Build();

    private static readonly AuthorizationPolicy InternalPolicy =
        new AuthorizationPolicyBuilder(Tokens.ServiceScheme).RequireAuthenticatedUser().Build();

    private readonly DefaultAuthorizationPolicyProvider _others = new(options);

    public bool AllowsCachingPolicies => true;

    public Task<AuthorizationPolicy> GetDefaultPolicyAsync() => Task.FromResult(CustomerPolicy);

    public Task<AuthorizationPolicy?> GetFallbackPolicyAsync() => Task.FromResult<AuthorizationPolicy?>(null);

    public Task<AuthorizationPolicy?> GetPolicyAsync(string policyName) => policyName switch
    {
        Policies.Customer => Task.FromResult<AuthorizationPolicy?>(CustomerPolicy),
        Policies.Internal => Task.FromResult<AuthorizationPolicy?>(InternalPolicy),
        _ when policyName.StartsWith(Policies.RolePrefix, StringComparison.Ordinal) =>
            Task.FromResult<AuthorizationPolicy?>(new AuthorizationPolicyBuilder(CustomerPolicy)
                .RequireClaim(Tokens.RolesClaim, policyName[Policies.RolePrefix.Length..]).Build()),
        _ => _others.GetPolicyAsync(policyName),
    };
}
