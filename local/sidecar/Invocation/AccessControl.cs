using NexusCart.Sidecar.Api.Http;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Invocation;

/// <summary>Who may call which methods of an app: <c>spec.accessControl</c> of the callee's configuration. An app may always call itself.</summary>
/// <remarks>
/// daprd knows a caller only by the certificate of mutual TLS; without that all callers are nobody and just the global default
/// action counts. Here both sidecars are in one process, so a caller is known for certain, and the policies are followed; in strict
/// mode it is nobody, as with daprd on one machine.
/// </remarks>
internal static class AccessControl
{
    private const string AnySegment = "*";
    private const string AnyRest = "**";
    private const string DefaultTrustDomain = "public";

    /// <summary>Refuses a call that the callee does not allow.</summary>
    /// <param name="caller">Whose app calls.</param>
    /// <param name="callee">Whose app is called.</param>
    /// <param name="operation">The method, or the path of a gRPC call.</param>
    /// <param name="verb">The HTTP method; empty for gRPC calls.</param>
    /// <exception cref="InvocationException">It is not allowed.</exception>
    public static void Check(Hosting.Sidecar caller, Hosting.Sidecar callee, string operation, string verb)
    {
        if (callee.Resources.Configuration.AccessControl is not { } rules || ReferenceEquals(caller, callee))
            return;
        var trustDomain = caller.Resources.Configuration.AccessControl?.TrustDomain ?? DefaultTrustDomain;
        var isKnown = !callee.Options.Strict;
        // The app decodes what is escaped: judged is what it will see, not what was written.
        var seen = MethodPath.Clean(PercentEncoding.Decode(operation, plusIsSpace: false) ?? operation);
        var byVerb = callee.Options.AppProtocol is not (AppProtocol.Grpc or AppProtocol.Grpcs) && verb.Length > 0;
        if (isKnown ? Allows(rules, caller.Options, trustDomain, seen, byVerb ? verb : null) : rules.AllowByDefault)
            return;
        var id = isKnown ? $"spiffe://{trustDomain}/ns/{AppIds.NamespaceOf(caller.Options)}/{caller.Options.AppId}" : "";
        throw InvocationException.Denied($"access control policy has denied access to id: {id} operation: {operation} verb: {verb}");
    }

    /// <summary>Whether a caller may call an operation.</summary>
    /// <param name="rules">The callee's rules.</param>
    /// <param name="caller">Who calls.</param>
    /// <param name="trustDomain">The caller's trust domain.</param>
    /// <param name="operation">The method, cleaned and without a leading slash.</param>
    /// <param name="verb">The HTTP method; null where verbs do not count.</param>
    internal static bool Allows(AccessControlSpec rules, SidecarOptions caller, string trustDomain, string operation, string? verb)
    {
        var policy = rules.Policies.FirstOrDefault(policy => policy.AppId == caller.AppId && policy.Namespace == AppIds.NamespaceOf(caller));
        if (policy is null || policy.TrustDomain != trustDomain)
            return rules.AllowByDefault;
        var path = operation.Split('/', StringSplitOptions.RemoveEmptyEntries);
        // Of several patterns that fit the most exact one counts, even when it names other verbs.
        var best = policy.Operations
            .Select(rule => (rule.Name, Pattern: rule.Name.Split('/', StringSplitOptions.RemoveEmptyEntries)))
            .Where(candidate => Fits(candidate.Pattern, path))
            .OrderBy(candidate => candidate.Pattern is [.., AnyRest])
            .ThenBy(candidate => candidate.Pattern.Count(segment => segment == AnySegment))
            .ThenByDescending(candidate => candidate.Pattern.Length)
            .Select(candidate => candidate.Name)
            .FirstOrDefault();
        var decisive = policy.Operations.FirstOrDefault(rule => rule.Name == best && (verb is null || HasVerb(rule, verb)));
        return decisive?.Allow ?? policy.AllowByDefault;
    }

    private static bool HasVerb(AccessOperation rule, string verb) =>
        rule.Verbs.Count == 0 || rule.Verbs.Any(allowed => allowed == AnySegment || allowed.Equals(verb, StringComparison.OrdinalIgnoreCase));

    private static bool Fits(string[] pattern, string[] path)
    {
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == AnyRest && i == pattern.Length - 1)
                return path.Length > i;
            if (i >= path.Length || (pattern[i] != AnySegment && pattern[i] != path[i]))
                return false;
        }

        return pattern.Length == path.Length;
    }
}
