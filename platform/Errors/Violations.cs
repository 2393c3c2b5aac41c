using Google.Rpc;

namespace NexusCart.Platform.Errors;

/// <summary>Collects what is wrong with a request, so that the caller hears all of it at once.</summary>
/// <example><code>
/// var violations = new Violations();
/// violations.Check(request.Quantity is >= 1 and &lt;= 10_000, "quantity", "must be 1 to 10,000");
/// violations.ThrowIfAny();
/// </code></example>
public sealed class Violations
{
    private const int Most = 100;
    private List<BadRequest.Types.FieldViolation>? _found;

    /// <summary>Whether nothing was found wrong.</summary>
    public bool None => _found is null;

    /// <summary>What was found, in order; at most 100.</summary>
    public IReadOnlyList<BadRequest.Types.FieldViolation> Found => _found ?? [];

    /// <summary>Adds a violation.</summary>
    /// <param name="field">The field in its JSON form: "lines[0].quantity".</param>
    /// <param name="reason">What would be right: "must be 1 to 10,000".</param>
    public void Add(string field, string reason)
    {
        _found ??= [];
        if (_found.Count < Most) _found.Add(new BadRequest.Types.FieldViolation { Field = field, Description = reason });
    }

    /// <summary>Adds a violation unless <paramref name="fine"/>; answers <paramref name="fine"/>.</summary>
    public bool Check(bool fine, string field, string reason)
    {
        if (!fine) Add(field, reason);
        return fine;
    }

    /// <summary>Throws INVALID_ARGUMENT with every violation, if there is any.</summary>
    /// <exception cref="Grpc.Core.RpcException">Something is wrong.</exception>
    public void ThrowIfAny()
    {
        if (_found is not null) throw Refusal.Invalid(_found);
    }
}
