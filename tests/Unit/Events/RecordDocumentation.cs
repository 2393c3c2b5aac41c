using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace NexusCart.Tests.Unit.Events;

/// <summary>What the documentation of a record says of it and of its fields.</summary>
/// <param name="Summary">Of the record.</param>
/// <param name="Fields">Of its fields, by the name of the constructor's parameter.</param>
internal sealed partial record RecordDocumentation(string Summary, IReadOnlyDictionary<string, string> Fields)
{
    private static readonly ConcurrentDictionary<Assembly, XDocument> Files = new();

    /// <summary>The documentation of a record.</summary>
    public static RecordDocumentation Of(Type type)
    {
        var file = Files.GetOrAdd(type.Assembly, static assembly => XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")));
        var member = file.Descendants("member").Single(member => (string?)member.Attribute("name") == $"T:{type.FullName}");
        return new RecordDocumentation(
            TextOf(member.Element("summary")!),
            member.Elements("param").ToDictionary(field => (string)field.Attribute("name")!, TextOf, StringComparer.Ordinal));
    }

    /// <summary>Adds descriptions and the fields that are always there to a schema.</summary>
    public static JsonNode Describe(JsonSchemaExporterContext context, JsonNode schema)
    {
        if (schema is not JsonObject described)
            return schema;
        // The readers take numbers as text too; what is published is a number.
        if (described["type"] is JsonArray types && types.Any(type => type!.GetValue<string>() == "integer"))
        {
            described["type"] = types.Count == 2 ? "integer" : new JsonArray("integer", "null");
            described.Remove("pattern");
        }

        if (context.PropertyInfo?.AttributeProvider is PropertyInfo { DeclaringType: { } owner } property
            && Of(owner).Fields.TryGetValue(property.Name, out var text))
        {
            described["description"] = text;
        }

        if (described["properties"] is JsonObject)
        {
            var required = context.TypeInfo.Properties.Where(field => !field.IsGetNullable).Select(field => (JsonNode?)field.Name).ToArray();
            described["required"] = new JsonArray(required);
            described["type"] = "object";
        }

        return described;
    }

    private static string TextOf(XElement element) =>
        Blanks().Replace(string.Concat(element.Nodes().Select(node => node is XElement { Name.LocalName: "c" } code ? $"`{code.Value}`" : node is XElement other ? other.Value : node.ToString())), " ").Trim()
            .Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal).Replace("&amp;", "&", StringComparison.Ordinal);

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
