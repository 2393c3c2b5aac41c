using System.Text.Json;

namespace NexusCart.Sidecar.Cel;

/// <summary>A node of a parsed expression.</summary>
internal abstract class CelNode
{
    public abstract object? Evaluate(CelScope scope);
}

internal sealed class LiteralNode(object? value) : CelNode
{
    public override object? Evaluate(CelScope scope) => value;
}

internal sealed class VariableNode(string name) : CelNode
{
    public string Name => name;

    public override object? Evaluate(CelScope scope) => scope[name];
}

internal sealed class ListNode(List<CelNode> items) : CelNode
{
    public override object? Evaluate(CelScope scope) => items.ConvertAll(item => item.Evaluate(scope));
}

internal sealed class SelectNode(CelNode target, string name) : CelNode
{
    public override object? Evaluate(CelScope scope) => TryEvaluate(scope, out var member)
        ? member
        : throw new CelException($"no such key: {name}");

    public bool TryEvaluate(CelScope scope, out object? member)
    {
        var owner = target.Evaluate(scope);
        return owner is JsonElement { ValueKind: JsonValueKind.Object }
            ? CelValues.TryGetMember(owner, name, out member)
            : throw new CelException($"no such key: {name} ({CelValues.TypeName(owner)} has no members)");
    }
}

internal sealed class HasNode(SelectNode member) : CelNode
{
    public override object? Evaluate(CelScope scope) => member.TryEvaluate(scope, out _);
}

internal sealed class IndexNode(CelNode target, CelNode index) : CelNode
{
    public override object? Evaluate(CelScope scope)
    {
        var owner = target.Evaluate(scope);
        var key = index.Evaluate(scope);
        if (key is string name)
            return CelValues.TryGetMember(owner, name, out var member) ? member : throw new CelException($"no such key: {name}");
        if (owner is not string && key is long or double && CelValues.Items(owner)?.ToList() is { } items)
        {
            var position = Convert.ToDouble(key, System.Globalization.CultureInfo.InvariantCulture);
            return position >= 0 && position < items.Count && position == Math.Floor(position)
                ? items[(int)position]
                : throw new CelException($"index out of bounds: {position}");
        }

        throw CelValues.NoOverload("index", owner, key);
    }
}

internal sealed class ConditionalNode(CelNode condition, CelNode then, CelNode otherwise) : CelNode
{
    public override object? Evaluate(CelScope scope) => condition.Evaluate(scope) switch
    {
        true => then.Evaluate(scope),
        false => otherwise.Evaluate(scope),
        var other => throw CelValues.NoOverload("?:", other),
    };
}

/// <summary>
/// <c>&amp;&amp;</c> (decided by false) and <c>||</c> (decided by true). As CEL defines them either side may decide, even when the
/// other one is an error.
/// </summary>
internal sealed class LogicalNode(CelNode left, CelNode right, bool decisive) : CelNode
{
    public override object? Evaluate(CelScope scope)
    {
        CelException? error = null;
        foreach (var side in (ReadOnlySpan<CelNode>)[left, right])
        {
            try
            {
                var value = side.Evaluate(scope);
                if (value is not bool truth)
                    throw CelValues.NoOverload(decisive ? "||" : "&&", value);
                if (truth == decisive)
                    return decisive;
            }
            catch (CelException e)
            {
                error ??= e;
            }
        }

        return error is null ? !decisive : throw error;
    }
}

internal sealed class UnaryNode(string operation, CelNode operand) : CelNode
{
    public override object? Evaluate(CelScope scope) => (operation, operand.Evaluate(scope)) switch
    {
        ("!", bool value) => !value,
        ("-", long value) => -value,
        ("-", double value) => -value,
        (_, var value) => throw CelValues.NoOverload(operation, value),
    };
}

internal sealed class BinaryNode(string operation, CelNode left, CelNode right) : CelNode
{
    public override object? Evaluate(CelScope scope)
    {
        var a = left.Evaluate(scope);
        var b = right.Evaluate(scope);
        return operation switch
        {
            "==" => CelValues.AreEqual(a, b),
            "!=" => !CelValues.AreEqual(a, b),
            "<" => CelValues.IsLess(a, b),
            "<=" => CelValues.IsLess(a, b) || CelValues.AreEqual(a, b),
            ">" => CelValues.IsLess(b, a),
            ">=" => CelValues.IsLess(b, a) || CelValues.AreEqual(a, b),
            "in" => Contains(b, a),
            _ => Arithmetic(a, b),
        };
    }

    private static bool Contains(object? container, object? item)
    {
        if (container is JsonElement { ValueKind: JsonValueKind.Object })
            return item is string name && CelValues.TryGetMember(container, name, out _);
        return container is not string && CelValues.Items(container) is { } items
            ? items.Any(each => CelValues.AreEqual(each, item))
            : throw CelValues.NoOverload("in", item, container);
    }

    private object? Arithmetic(object? a, object? b)
    {
        try
        {
            return (operation, a, b) switch
            {
                ("+", long x, long y) => checked(x + y),
                ("-", long x, long y) => checked(x - y),
                ("*", long x, long y) => checked(x * y),
                ("/" or "%", long, 0L) => throw new CelException(operation == "/" ? "division by zero" : "modulus by zero"),
                ("/", long x, long y) => checked(x / y),
                ("%", long x, long y) => checked(x % y),
                ("+", double x, double y) => x + y,
                ("-", double x, double y) => x - y,
                ("*", double x, double y) => x * y,
                ("/", double x, double y) => x / y,
                ("+", string x, string y) => x + y,
                ("+", not string, not string) when CelValues.Items(a) is { } x && CelValues.Items(b) is { } y => x.Concat(y).ToList(),
                _ => throw CelValues.NoOverload(operation, a, b),
            };
        }
        catch (OverflowException)
        {
            throw new CelException("integer overflow");
        }
    }
}

internal sealed class MacroNode(string name, CelNode target, string variable, CelNode body) : CelNode
{
    public override object? Evaluate(CelScope scope)
    {
        var owner = target.Evaluate(scope);
        if (owner is string || CelValues.Items(owner) is not { } items)
            throw CelValues.NoOverload(name, owner);
        var results = items.Select(item => (Item: item, Value: new Lazy<object?>(() => body.Evaluate(scope.With(variable, item)))));
        return name switch
        {
            "map" => results.Select(result => result.Value.Value).ToList(),
            "filter" => results.Where(result => Truth(result.Value.Value)).Select(result => result.Item).ToList(),
            "exists_one" => results.Count(result => Truth(result.Value.Value)) == 1,
            "exists" => Decide(results.Select(result => result.Value), decisive: true),
            _ => Decide(results.Select(result => result.Value), decisive: false),
        };
    }

    private static bool Decide(IEnumerable<Lazy<object?>> values, bool decisive)
    {
        CelException? error = null;
        foreach (var value in values)
        {
            try
            {
                if (Truth(value.Value) == decisive)
                    return decisive;
            }
            catch (CelException e)
            {
                error ??= e;
            }
        }

        return error is null ? !decisive : throw error;
    }

    private static bool Truth(object? value) => value is bool truth ? truth : throw CelValues.NoOverload("condition", value);
}
