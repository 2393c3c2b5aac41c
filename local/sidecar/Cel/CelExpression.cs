namespace NexusCart.Sidecar.Cel;

/// <summary>
/// An expression of the Common Expression Language, in the part that routing rules and circuit breakers use: literals, lists,
/// members and indexes, arithmetic, comparison, <c>in</c>, <c>&amp;&amp; || !</c>, <c>?:</c>, <c>has()</c>, conversions,
/// string functions and the macros <c>all</c>, <c>exists</c>, <c>exists_one</c>, <c>filter</c> and <c>map</c>.
/// Values are <see cref="bool"/>, <see cref="long"/>, <see cref="double"/>, <see cref="string"/>, null, lists and
/// <see cref="System.Text.Json.JsonElement"/> objects. Immutable and thread-safe.
/// </summary>
public sealed class CelExpression
{
    private readonly CelNode _root;

    private CelExpression(string text, CelNode root) => (Text, _root) = (text, root);

    /// <summary>The expression as written.</summary>
    public string Text { get; }

    /// <summary>Parses an expression.</summary>
    /// <exception cref="CelException">It is malformed, or uses what this part of the language lacks; the message says where.</exception>
    public static CelExpression Parse(string text) => new(text, new CelParser(text).ParseExpression());

    /// <summary>The value for the variables given.</summary>
    /// <param name="variable">The value of a variable; throws <see cref="CelException"/> for one it does not know.</param>
    /// <exception cref="CelException">It has no value.</exception>
    public object? Evaluate(Func<string, object?> variable) => _root.Evaluate(new CelScope(variable));

    /// <summary>The value of an expression that must be true or false.</summary>
    /// <exception cref="CelException">It has no value, or another kind of value.</exception>
    public bool EvaluateBoolean(Func<string, object?> variable) => Evaluate(variable) is bool result
        ? result
        : throw new CelException($"the result of match expression {Text} was not a boolean");

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>The variables an expression sees; a macro adds its own.</summary>
internal sealed class CelScope(Func<string, object?> variable)
{
    public object? this[string name] => CelValues.Normalize(variable(name));

    public CelScope With(string name, object? value) => new(asked => asked == name ? value : variable(asked));
}
