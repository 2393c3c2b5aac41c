using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace NexusCart.Sidecar.Cel;

/// <summary>A call of one of the functions there are; an unknown name or a wrong number of arguments is refused when parsed.</summary>
internal sealed class CallNode : CelNode
{
    private delegate object? Function(object?[] arguments);

    private static readonly Dictionary<(string Name, int Arguments), Function> Globals = new()
    {
        [("size", 1)] = a => Size(a[0]),
        [("int", 1)] = a => ToInt(a[0]),
        [("uint", 1)] = a => ToInt(a[0]),
        [("double", 1)] = a => ToDouble(a[0]),
        [("string", 1)] = a => ToText(a[0]),
        [("bool", 1)] = a => ToBool(a[0]),
        [("type", 1)] = a => CelValues.TypeName(a[0]),
        [("matches", 2)] = a => Matches(a[0], a[1]),
    };

    private static readonly Dictionary<(string Name, int Arguments), Function> Methods = new()
    {
        [("size", 1)] = a => Size(a[0]),
        [("startsWith", 2)] = a => OfStrings("startsWith", a, (x, y) => x.StartsWith(y, StringComparison.Ordinal)),
        [("endsWith", 2)] = a => OfStrings("endsWith", a, (x, y) => x.EndsWith(y, StringComparison.Ordinal)),
        [("contains", 2)] = a => OfStrings("contains", a, (x, y) => x.Contains(y, StringComparison.Ordinal)),
        [("matches", 2)] = a => Matches(a[0], a[1]),
    };

    // A rule runs for each message: a pattern that would take for ever must fail instead.
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromMilliseconds(100);

    private readonly Function _function;
    private readonly CelNode[] _arguments;

    private CallNode(Function function, CelNode[] arguments) => (_function, _arguments) = (function, arguments);

    public static CelNode Global(string name, List<CelNode> arguments) =>
        new CallNode(Find(Globals, name, arguments.Count), [.. arguments]);

    public static CelNode Method(string name, CelNode target, List<CelNode> arguments) =>
        new CallNode(Find(Methods, name, arguments.Count + 1), [target, .. arguments]);

    public override object? Evaluate(CelScope scope) => _function(Array.ConvertAll(_arguments, argument => argument.Evaluate(scope)));

    private static Function Find(Dictionary<(string, int), Function> known, string name, int arguments) =>
        known.TryGetValue((name, arguments), out var function)
            ? function
            : throw new CelException($"undeclared reference to '{name}' with {arguments} argument(s)");

    private static long Size(object? value) => value switch
    {
        string text => text.EnumerateRunes().Count(),
        JsonElement { ValueKind: JsonValueKind.Object } json => json.EnumerateObject().Count(),
        _ => CelValues.Items(value)?.Count() ?? throw CelValues.NoOverload("size", value),
    };

    private static long ToInt(object? value) => value switch
    {
        long number => number,
        // Dapr's rules rely on int(event.data.x): towards zero, and an error outside of the range.
        double number when number is > -9.2233720368547758E18 and < 9.2233720368547758E18 => (long)number,
        string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw CelValues.NoOverload("int", value),
    };

    private static double ToDouble(object? value) => value switch
    {
        double number => number,
        long number => number,
        string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw CelValues.NoOverload("double", value),
    };

    private static string ToText(object? value) => value switch
    {
        string text => text,
        bool truth => truth ? "true" : "false",
        long or double => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        _ => throw CelValues.NoOverload("string", value),
    };

    private static bool ToBool(object? value) => value switch
    {
        bool truth => truth,
        "true" or "True" or "TRUE" or "t" or "1" => true,
        "false" or "False" or "FALSE" or "f" or "0" => false,
        _ => throw CelValues.NoOverload("bool", value),
    };

    private static bool OfStrings(string name, object?[] arguments, Func<string, string, bool> function) =>
        arguments is [string first, string second] ? function(first, second) : throw CelValues.NoOverload(name, arguments);

    private static bool Matches(object? text, object? pattern)
    {
        if (text is not string subject || pattern is not string expression)
            throw CelValues.NoOverload("matches", text, pattern);
        try
        {
            return Regex.IsMatch(subject, expression, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, MatchTimeout);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException or RegexMatchTimeoutException)
        {
            throw new CelException($"matches: {e.Message}");
        }
    }
}
