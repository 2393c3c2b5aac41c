using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;
using Microsoft.OpenApi;

namespace NexusCart.Gateway.OpenApi;

/// <summary>Schemas of messages in their JSON form.</summary>
internal sealed class SchemaBuilder(OpenApiDocument document, ProtoComments comments)
{
    /// <summary>A reference to a message's schema, which is added to the document with all it needs.</summary>
    public IOpenApiSchema Reference(MessageDescriptor message)
    {
        var schemas = document.Components!.Schemas!;
        var id = Id(message);
        if (!schemas.ContainsKey(id))
        {
            var schema = new OpenApiSchema { Type = JsonSchemaType.Object, Description = comments[message.FullName] };
            schemas[id] = schema; // Before its fields: messages may contain themselves.
            schema.Properties = Properties(message);
        }
        return new OpenApiSchemaReference(id, document);
    }

    /// <summary>A field's schema, with the field's own comment.</summary>
    public IOpenApiSchema Field(FieldDescriptor field)
    {
        var description = comments[$"{field.ContainingType.FullName}.{field.Name}"];
        if (field.IsMap)
        {
            return new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                AdditionalProperties = Value(field.MessageType.FindFieldByNumber(2)),
                Description = description,
            };
        }
        if (field.IsRepeated) return new OpenApiSchema { Type = JsonSchemaType.Array, Items = Value(field), Description = description };

        var value = Value(field);
        switch (value)
        {
            case OpenApiSchema schema:
                schema.Description ??= description;
                break;
            case OpenApiSchemaReference reference when description is not null:
                reference.Description = description; // OpenAPI 3.1 lets a reference have its own.
                break;
        }
        return value;
    }

    private Dictionary<string, IOpenApiSchema> Properties(MessageDescriptor message) =>
        message.Fields.InDeclarationOrder().ToDictionary(field => field.JsonName, Field);

    private IOpenApiSchema Value(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message => Message(field.MessageType),
        FieldType.Enum => Enum(field.EnumType),
        FieldType.Bool => new OpenApiSchema { Type = JsonSchemaType.Boolean },
        FieldType.Double or FieldType.Float => new OpenApiSchema { Type = JsonSchemaType.Number, Format = "double" },
        FieldType.Bytes => new OpenApiSchema { Type = JsonSchemaType.String, Format = "byte" },
        FieldType.String => new OpenApiSchema { Type = JsonSchemaType.String },
        // The proto3 JSON form: a 64-bit number does not survive a JavaScript number.
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 or FieldType.UInt64 or FieldType.Fixed64 =>
            new OpenApiSchema { Type = JsonSchemaType.String, Format = "int64", Pattern = "^-?[0-9]{1,20}$" },
        _ => new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32" },
    };

    private IOpenApiSchema Message(MessageDescriptor message) => message.FullName switch
    {
        "google.protobuf.Timestamp" => new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" },
        "google.protobuf.Duration" => new OpenApiSchema { Type = JsonSchemaType.String, Pattern = "^-?[0-9.]+s$" },
        _ => Reference(message),
    };

    private OpenApiSchemaReference Enum(EnumDescriptor type)
    {
        var schemas = document.Components!.Schemas!;
        if (!schemas.ContainsKey(type.Name))
        {
            var values = type.Values.Select(value => (value.Name, About: comments[$"{type.FullName}.{value.Name}"])).ToList();
            schemas[type.Name] = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Enum = [.. values.Select(value => (JsonNode)value.Name)],
                Description = string.Join('\n', values.Where(value => value.About is not null).Select(value => $"- {value.Name}: {value.About}")),
            };
        }
        return new OpenApiSchemaReference(type.Name, document);
    }

    /// <summary>Two areas may each have a message of one name (AuditShardRequest): then the area goes in front.</summary>
    private static string Id(MessageDescriptor message)
    {
        var area = message.File.Package.Split('.').ElementAtOrDefault(1) ?? "";
        return message.Name.StartsWith("Audit", StringComparison.Ordinal) ? char.ToUpperInvariant(area[0]) + area[1..] + message.Name : message.Name;
    }
}
