using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace NexusCart.Sidecar.Resources;

/// <summary>
/// A YAML mapping with typed access. Errors name the file, the line and the key, because these files are written by people.
/// </summary>
internal sealed partial class YamlMap
{
    private readonly YamlMappingNode _node;

    private YamlMap(YamlMappingNode node, string file)
    {
        _node = node;
        File = file;
    }

    /// <summary>The file it was read from.</summary>
    public string File { get; }

    /// <summary>Its first line, counted from 1.</summary>
    public long Line => _node.Start.Line;

    /// <summary>Its keys with the line each stands on.</summary>
    public IEnumerable<(string Key, long Line)> Keys =>
        _node.Children.Keys.OfType<YamlScalarNode>().Select(key => (key.Value ?? "", key.Start.Line));

    /// <summary>The mappings of a text with one or more documents; documents that are empty are left out.</summary>
    public static IEnumerable<YamlMap> ParseDocuments(string text, string file)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            throw new ResourceException($"{file}:{e.Start.Line}: {e.InnerException?.Message ?? e.Message}", e);
        }

        foreach (var document in stream.Documents)
        {
            if (document.RootNode is YamlMappingNode map)
                yield return new YamlMap(map, file);
            else if (document.RootNode is not YamlScalarNode { Value: null or "" })
                throw new ResourceException($"{file}:{document.RootNode.Start.Line}: a mapping is expected");
        }
    }

    /// <summary>Whether the key is there, with whatever value.</summary>
    public bool Has(string key) => _node.Children.ContainsKey(new YamlScalarNode(key));

    /// <summary>The text of a scalar, or null when absent or YAML null.</summary>
    public string? Text(string key) => Find(key) switch
    {
        null => null,
        YamlScalarNode scalar => IsNull(scalar) ? null : scalar.Value,
        var other => throw Wrong(key, other, "a text"),
    };

    /// <summary>The text of a scalar that must be there and not empty.</summary>
    public string RequiredText(string key) =>
        Text(key) is { Length: > 0 } text ? text : throw new ResourceException($"{File}:{Line}: '{key}' is missing");

    /// <summary>A whole number, or null when absent.</summary>
    public int? Number(string key) => Text(key) is not { Length: > 0 } text
        ? null
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Wrong(key, Find(key)!, "a whole number");

    /// <summary>true or false, or null when absent. Texts as Go's ParseBool takes them.</summary>
    public bool? Flag(string key) => Text(key) is not { Length: > 0 } text ? null : text switch
    {
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        _ => throw Wrong(key, Find(key)!, "true or false"),
    };

    /// <summary>A nested mapping, or null when absent.</summary>
    public YamlMap? Map(string key) => Find(key) switch
    {
        null => null,
        YamlMappingNode map => new YamlMap(map, File),
        YamlScalarNode scalar when IsNull(scalar) => null,
        var other => throw Wrong(key, other, "a mapping"),
    };

    /// <summary>The mappings of a list; empty when absent.</summary>
    public IReadOnlyList<YamlMap> Maps(string key) =>
        [.. Items(key).Select(item => item is YamlMappingNode map
            ? new YamlMap(map, File)
            : throw Wrong(key, item, "a list of mappings"))];

    /// <summary>The texts of a list; empty when absent.</summary>
    public IReadOnlyList<string> Texts(string key) =>
        [.. Items(key).Select(item => item is YamlScalarNode scalar
            ? scalar.Value ?? ""
            : throw Wrong(key, item, "a list of texts"))];

    /// <summary>The keys and texts of a nested mapping; empty when absent.</summary>
    public IReadOnlyDictionary<string, string> TextMap(string key)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Map(key) is { } map)
        {
            foreach (var (name, _) in map.Keys)
                texts[name] = map.ValueAsText(name) ?? "";
        }

        return texts;
    }

    /// <summary>Any value as text: a scalar as it stands, lists and mappings as JSON. Null when absent.</summary>
    public string? ValueAsText(string key) => Find(key) switch
    {
        null => null,
        YamlScalarNode scalar => IsNull(scalar) ? null : scalar.Value,
        var other => ToJson(other)?.ToJsonString(JsonSerializerOptions.Default),
    };

    private static bool IsNull(YamlScalarNode scalar) =>
        scalar.Style == ScalarStyle.Plain && scalar.Value is null or "" or "~" or "null" or "Null" or "NULL";

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(pair =>
            KeyValuePair.Create(((YamlScalarNode)pair.Key).Value ?? "", ToJson(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(ToJson)]),
        YamlScalarNode scalar => ScalarToJson(scalar),
        _ => null,
    };

    private static JsonNode? ScalarToJson(YamlScalarNode scalar)
    {
        if (scalar.Style != ScalarStyle.Plain)
            return JsonValue.Create(scalar.Value);
        if (IsNull(scalar))
            return null;
        return scalar.Value switch
        {
            "true" or "True" or "TRUE" => JsonValue.Create(true),
            "false" or "False" or "FALSE" => JsonValue.Create(false),
            { } text when JsonNumber().IsMatch(text) => JsonNode.Parse(text),
            var text => JsonValue.Create(text),
        };
    }

    [GeneratedRegex(@"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$")]
    private static partial Regex JsonNumber();

    private IEnumerable<YamlNode> Items(string key) => Find(key) switch
    {
        null => [],
        YamlSequenceNode list => list.Children,
        YamlScalarNode scalar when IsNull(scalar) => [],
        var other => throw Wrong(key, other, "a list"),
    };

    private YamlNode? Find(string key) =>
        _node.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : null;

    private ResourceException Wrong(string key, YamlNode at, string expected) =>
        new($"{File}:{at.Start.Line}: '{key}' must be {expected}");
}
