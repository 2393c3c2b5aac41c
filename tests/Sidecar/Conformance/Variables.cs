using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace NexusCart.Tests.Sidecar.Conformance;

/// <summary>The variables of one run of a case, and their places in texts.</summary>
internal sealed partial class Variables
{
    private readonly Dictionary<string, JsonNode?> _values = new(StringComparer.Ordinal);

    public Variables(ConformanceEnvironment environment)
    {
        this["uid"] = "u" + Guid.NewGuid().ToString("N")[..10];
        this["app_id"] = environment.AppIdA;
        this["app_id_b"] = environment.AppIdB;
        this["app_port"] = environment.AppPortA;
        this["app_port_b"] = environment.AppPortB;
        this["http"] = environment.HttpAddress("a");
        this["grpc"] = environment.GrpcAddress("a");
        this["http_port"] = environment.A.Host.Options.HttpPort;
        var now = DateTimeOffset.UtcNow;
        foreach (var (name, seconds) in (ReadOnlySpan<(string, int)>)[("t_now", 0), ("t_in2s", 2), ("t_in3s", 3), ("t_in1h", 3600), ("t_ago1h", -3600)])
            this[name] = now.AddSeconds(seconds).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
    }

    public JsonNode? this[string name]
    {
        set => _values[name] = value;
    }

    /// <summary>A copy of the node with all variables filled in; a text that is one variable takes its value's kind.</summary>
    public JsonNode? Fill(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(FillText(member.Key), Fill(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Fill)]),
        JsonValue value when value.TryGetValue<string>(out var text) =>
            Whole().Match(text) is { Success: true } match && _values.TryGetValue(match.Groups[1].Value, out var whole)
                ? whole?.DeepClone()
                : JsonValue.Create(FillText(text)),
        _ => node?.DeepClone(),
    };

    private string FillText(string text) =>
        Part().Replace(text, match => _values.TryGetValue(match.Groups[1].Value, out var value) ? value?.ToString() ?? "null" : match.Value);

    [GeneratedRegex(@"^\$\{(\w+)\}$")]
    private static partial Regex Whole();

    [GeneratedRegex(@"\$\{(\w+)\}")]
    private static partial Regex Part();
}
