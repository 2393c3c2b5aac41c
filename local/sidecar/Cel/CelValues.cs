using System.Globalization;
using System.Text.Json;

namespace NexusCart.Sidecar.Cel;

/// <summary>What can be done with values.</summary>
internal static class CelValues
{
    /// <summary>A JSON scalar as the value it stands for (numbers are doubles, as in Go); other numbers as long or double.</summary>
    public static object? Normalize(object? value) => value switch
    {
        JsonElement json => json.ValueKind switch
        {
            JsonValueKind.String => json.GetString(),
            JsonValueKind.Number => json.GetDouble(),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Object or JsonValueKind.Array => json,
            _ => null,
        },
        int or uint or short or byte => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        float single => (double)single,
        _ => value,
    };

    /// <summary>The items of a list, or null when the value is none.</summary>
    public static IEnumerable<object?>? Items(object? value) => value switch
    {
        JsonElement { ValueKind: JsonValueKind.Array } json => json.EnumerateArray().Select(item => Normalize(item)),
        // Macros over an object go through its keys.
        JsonElement { ValueKind: JsonValueKind.Object } json => json.EnumerateObject().Select(member => (object?)member.Name),
        IEnumerable<object?> list => list,
        _ => null,
    };

    /// <summary>Looks for a member; false when there is none.</summary>
    public static bool TryGetMember(object? target, string name, out object? member)
    {
        member = null;
        if (target is not JsonElement { ValueKind: JsonValueKind.Object } json)
            return false;
        if (!json.TryGetProperty(name, out var property))
            return false;
        member = Normalize(property);
        return true;
    }

    /// <summary>Equality across types: numbers by value, everything of different kinds unequal.</summary>
    public static bool AreEqual(object? left, object? right)
    {
        if (left is long or double && right is long or double)
            return left is long a && right is long b ? a == b : ToDouble(left) == ToDouble(right);
        if (left is not string && right is not string && Items(left) is { } leftItems && Items(right) is { } rightItems)
        {
            if (left is JsonElement { ValueKind: JsonValueKind.Object } || right is JsonElement { ValueKind: JsonValueKind.Object })
                return left is JsonElement l && right is JsonElement r && JsonElement.DeepEquals(l, r);
            var (first, second) = (leftItems.ToList(), rightItems.ToList());
            return first.Count == second.Count && first.Zip(second).All(pair => AreEqual(pair.First, pair.Second));
        }

        return Equals(left, right);
    }

    /// <summary>Whether one value is less than the other; throws when their types have no order.</summary>
    public static bool IsLess(object? left, object? right) => (left, right) switch
    {
        (long a, long b) => a < b,
        (long or double, long or double) => ToDouble(left) < ToDouble(right),
        (string a, string b) => string.CompareOrdinal(a, b) < 0,
        (bool a, bool b) => !a && b,
        _ => throw NoOverload("comparison", left, right),
    };

    public static CelException NoOverload(string operation, params object?[] operands) =>
        new($"no such overload: {operation} of {string.Join(" and ", operands.Select(TypeName))}");

    public static string TypeName(object? value) => value switch
    {
        null => "null_type",
        bool => "bool",
        long => "int",
        double => "double",
        string => "string",
        JsonElement { ValueKind: JsonValueKind.Object } => "map",
        _ => "list",
    };

    private static double ToDouble(object? number) => number is long whole ? whole : (double)number!;
}
