using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace NexusCart.Tests.Sidecar.Conformance;

/// <summary>A value of an answer, which may be missing altogether (JSON null is a value).</summary>
internal readonly record struct Actual(JsonNode? Node, bool IsMissing)
{
    public static readonly Actual Missing = new(null, true);

    public static Actual Of(JsonNode? node) => new(node, false);

    public override string ToString() => IsMissing ? "absent" : Matcher.Short(Node);
}

/// <summary>Compares an answer with an expectation as FORMAT.md says; collects what differs.</summary>
internal sealed class Matcher(List<string> faults)
{
    private static readonly HashSet<string> Literals = ["$bytes", "$b64", "$raw"];

    /// <summary>Compares.</summary>
    /// <param name="expected">The expectation.</param>
    /// <param name="actual">The answer's part.</param>
    /// <param name="where">Names the part in messages.</param>
    /// <param name="subset">Objects may have members that are not expected.</param>
    public void Match(JsonNode? expected, Actual actual, string where, bool subset = false)
    {
        if (expected is JsonObject matcher && matcher.Any(member => member.Key.StartsWith('$')) && !matcher.Any(member => Literals.Contains(member.Key)))
        {
            Apply(matcher, actual, where, subset);
            return;
        }

        if (actual.IsMissing)
        {
            faults.Add($"{where}: missing, expected {Short(expected)}");
            return;
        }

        switch (expected, actual.Node)
        {
            case (JsonObject left, JsonObject right):
                MatchMembers(left, right, where, subset);
                break;
            case (JsonArray left, JsonArray right):
                if (left.Count != right.Count)
                    faults.Add($"{where}: {right.Count} members, expected {left.Count}: {Short(right)}");
                for (var i = 0; i < Math.Min(left.Count, right.Count); i++)
                    Match(left[i], Actual.Of(right[i]), $"{where}[{i}]", subset);
                break;
            default:
                if (!AreEqual(expected, actual.Node))
                    faults.Add($"{where}: expected {Short(expected)}, is {actual}");
                break;
        }
    }

    /// <summary>A value, cut when it is long.</summary>
    public static string Short(JsonNode? node)
    {
        var text = node?.ToJsonString() ?? "null";
        return text.Length <= 600 ? text : text[..600] + $"...({text.Length})";
    }

    private static bool Matches(JsonNode? expected, JsonNode? actual, bool subset)
    {
        var differences = new List<string>();
        new Matcher(differences).Match(expected, Actual.Of(actual), "", subset);
        return differences.Count == 0;
    }

    private static bool AreEqual(JsonNode? left, JsonNode? right)
    {
        if (left is JsonValue a && right is JsonValue b && a.GetValueKind() == JsonValueKind.Number && b.GetValueKind() == JsonValueKind.Number)
            return Number(a) == Number(b);
        return JsonNode.DeepEquals(left, right);
    }

    private static double Number(JsonNode node) => double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture);

    private static string? TextOf(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private void MatchMembers(JsonObject expected, JsonObject actual, string where, bool subset)
    {
        foreach (var (name, value) in expected)
            Match(value, actual.TryGetPropertyValue(name, out var found) ? Actual.Of(found) : Actual.Missing, $"{where}/{name}", subset);
        if (subset)
            return;
        foreach (var (name, value) in actual)
        {
            if (!expected.ContainsKey(name))
                faults.Add($"{where}/{name}: unexpected {Short(value)}");
        }
    }

    private void Apply(JsonObject matcher, Actual actual, string where, bool subset)
    {
        if (matcher.ContainsKey("$absent"))
        {
            if (!actual.IsMissing)
                faults.Add($"{where}: must be absent, is {actual}");
            return;
        }

        if (actual.IsMissing)
        {
            if (matcher["$optional"]?.GetValue<bool>() != true)
                faults.Add($"{where}: missing");
            return;
        }

        foreach (var (name, argument) in matcher)
            ApplyOne(name, argument, actual.Node, where, subset);
    }

    private void ApplyOne(string name, JsonNode? argument, JsonNode? actual, string where, bool subset)
    {
        var fits = name switch
        {
            "$re" => TextOf(actual) is { } text && Regex.IsMatch(text, argument!.GetValue<string>(), RegexOptions.Singleline),
            "$eq" => AreEqual(argument, actual),
            "$ne" => !AreEqual(argument, actual),
            "$oneof" => argument!.AsArray().Any(option => Matches(option, actual, subset)),
            "$type" => KindOf(actual) == argument!.GetValue<string>(),
            "$gte" => Number(actual!) >= Number(argument!),
            "$lte" => Number(actual!) <= Number(argument!),
            "$len" => LengthOf(actual) == argument!.GetValue<int>(),
            "$bytes_re" => Regex.IsMatch((actual as JsonObject)?["$bytes"]?.GetValue<string>() ?? "", argument!.GetValue<string>(), RegexOptions.Singleline),
            "$has" => argument!.AsArray().All(wanted => actual is JsonArray items && items.Any(item => Matches(wanted, item, subset: true))),
            "$unordered" => actual is JsonArray items && IsPermutation(argument!.AsArray(), items, subset),
            _ => true,
        };
        if (!fits)
            faults.Add($"{where}: {Short(actual)} does not fit {name} {Short(argument)}");
        if (name == "$subset")
            Match(argument, Actual.Of(actual), where, subset: true);
        if (name == "$parse")
            Match(argument, Parsed(actual), where + "<json>", subset);
    }

    private static Actual Parsed(JsonNode? actual)
    {
        var text = (actual as JsonObject)?["$bytes"]?.GetValue<string>() ?? TextOf(actual);
        try
        {
            return text is null ? Actual.Missing : Actual.Of(JsonNode.Parse(text));
        }
        catch (JsonException)
        {
            return Actual.Missing;
        }
    }

    private static bool IsPermutation(JsonArray expected, JsonArray actual, bool subset)
    {
        var left = actual.ToList();
        foreach (var wanted in expected)
        {
            var at = left.FindIndex(item => Matches(wanted, item, subset));
            if (at < 0)
                return false;
            left.RemoveAt(at);
        }

        return left.Count == 0;
    }

    private static string KindOf(JsonNode? node) => node?.GetValueKind() switch
    {
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.True or JsonValueKind.False => "bool",
        _ => "null",
    };

    private static int LengthOf(JsonNode? node) => node switch
    {
        JsonArray array => array.Count,
        JsonObject members => members.Count,
        _ => TextOf(node)?.Length ?? 0,
    };
}
