using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Google.Protobuf.Reflection;
using Microsoft.OpenApi;
using NexusCart.Gateway.Contract;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Idempotency;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace NexusCart.Gateway.OpenApi;

/// <summary>The OpenAPI 3.1 document of the public contract, made from its descriptors.</summary>
internal sealed partial class OpenApiBuilder
{
    private const string ProblemSchema = "Problem";
    private const string ProblemResponse = "Problem";
    private const string Bearer = "bearer";

    private readonly OpenApiDocument _document = new()
    {
        Info = new OpenApiInfo
        {
            Title = "NexusCart",
            Version = "v1",
            Description = "Products, carts, checkout and orders. Errors are problem documents (RFC 9457). 64-bit numbers are strings.",
            License = new OpenApiLicense { Name = "Apache-2.0", Identifier = "Apache-2.0" },
        },
        Components = new OpenApiComponents
        {
            Schemas = new Dictionary<string, IOpenApiSchema>(),
            Responses = new Dictionary<string, IOpenApiResponse>(),
            SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(),
        },
        Paths = [],
    };

    private readonly ProtoComments _comments = ProtoComments.Embedded();
    private readonly SchemaBuilder _schemas;

    private OpenApiBuilder() => _schemas = new SchemaBuilder(_document, _comments);

    /// <summary>Builds the document.</summary>
    public static OpenApiDocument Build()
    {
        var builder = new OpenApiBuilder();
        builder.AddCommon();
        foreach (var rpc in PublicContract.Rpcs) builder.Add(rpc);
        return builder._document;
    }

    private void AddCommon()
    {
        var components = _document.Components!;
        components.SecuritySchemes![Bearer] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            BearerFormat = "JWT",
            Description = "An ES256 token. In development POST /dev/tokens gives one.",
        };
        components.Schemas![ProblemSchema] = ProblemDocument();
        components.Responses![ProblemResponse] = new OpenApiResponse
        {
            Description = "What went wrong: a wrong field (400), a missing or insufficient token (401, 403), no such thing (404), "
                + "a conflict (409), too large (413), too many (429), not now (502, 503, 504).",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [Problem.ContentType] = new OpenApiMediaType { Schema = new OpenApiSchemaReference(ProblemSchema, _document) },
            },
        };
    }

    private static OpenApiSchema ProblemDocument()
    {
        static OpenApiSchema Text(string about) => new() { Type = JsonSchemaType.String, Description = about };
        return new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "A problem document (RFC 9457).",
            Required = new HashSet<string> { "type", "title", "status", "traceId" },
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["type"] = Text("A stable URN of the kind of problem."),
                ["title"] = Text("The HTTP status in words."),
                ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Description = "The HTTP status." },
                ["detail"] = Text("What went wrong, for people."),
                ["reason"] = Text("What went wrong, for programs: \"idempotency_key_reused\"."),
                ["errors"] = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Description = "Reasons by field.",
                    AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } },
                },
                ["traceId"] = Text("Finds the request in logs and traces."),
            },
        };
    }

    private void Add(PublicRpc rpc)
    {
        var path = rpc.Path;
        if (!_document.Paths.TryGetValue(path, out var item))
        {
            item = new OpenApiPathItem();
            _document.Paths[path] = item;
        }
        ((OpenApiPathItem)item).AddOperation(HttpMethod.Parse(rpc.HttpMethod), Operation(rpc));
    }

    private OpenApiOperation Operation(PublicRpc rpc)
    {
        var about = _comments[rpc.Method.FullName];
        var operation = new OpenApiOperation
        {
            OperationId = $"{rpc.Method.Service.Name}_{rpc.Method.Name}",
            Summary = about?.Split(". ")[0].TrimEnd('.'),
            Description = about,
            Tags = new HashSet<OpenApiTagReference> { Tag(rpc.Method.Service) },
            Parameters = Parameters(rpc),
            Responses = new OpenApiResponses
            {
                ["200"] = new OpenApiResponse { Description = "Done.", Content = Answer(rpc.Method.OutputType) },
                ["default"] = new OpenApiResponseReference(ProblemResponse, _document),
            },
        };
        if (rpc.HasBody) operation.RequestBody = Body(rpc);
        if (rpc.Access != Access.Anonymous)
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, _document)] = [] }];
        return operation;
    }

    /// <summary>A message in its JSON form, or a page that is no message at all.</summary>
    private Dictionary<string, OpenApiMediaType> Answer(MessageDescriptor message) => message.FullName == "google.api.HttpBody"
        ? new() { ["text/html"] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String } } }
        : Json(_schemas.Reference(message));

    private OpenApiTagReference Tag(ServiceDescriptor service)
    {
        _document.Tags ??= new HashSet<OpenApiTag>();
        if (!_document.Tags.Any(tag => tag.Name == service.Name))
            _document.Tags.Add(new OpenApiTag { Name = service.Name, Description = _comments[service.FullName] });
        return new OpenApiTagReference(service.Name, _document);
    }

    /// <summary>Path parameters; for requests without a body, everything else by query; the headers.</summary>
    private List<IOpenApiParameter> Parameters(PublicRpc rpc)
    {
        var inPath = PathParameter().Matches(rpc.Path).Select(match => match.Groups[1].Value).ToHashSet();
        var parameters = new List<IOpenApiParameter>();
        foreach (var field in rpc.Method.InputType.Fields.InDeclarationOrder())
        {
            if (inPath.Contains(field.Name)) parameters.Add(Parameter(field, field.Name, ParameterLocation.Path));
            else if (!rpc.HasBody) parameters.Add(Parameter(field, field.JsonName, ParameterLocation.Query));
        }
        if (rpc.NeedsKey)
        {
            parameters.Add(Header(IdempotencyKey.Header, true, "1 to 128 printable characters. Repeating a request with its key never happens twice.",
                new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = IdempotencyKey.MaxLength, Pattern = "^[!-~]+$" }));
        }
        if (rpc.Method.Name == "Checkout")
        {
            parameters.Add(Header("Prefer", false, "\"wait=SECONDS\", 0 to 30: how long to wait for the end of the checkout.",
                new OpenApiSchema { Type = JsonSchemaType.String, Examples = [JsonValue.Create("wait=10")] }));
        }
        return parameters;
    }

    private OpenApiParameter Parameter(FieldDescriptor field, string name, ParameterLocation place) => new()
    {
        Name = name,
        In = place,
        Required = place == ParameterLocation.Path,
        Schema = _schemas.Field(field),
    };

    private static OpenApiParameter Header(string name, bool required, string about, OpenApiSchema schema) =>
        new() { Name = name, In = ParameterLocation.Header, Required = required, Description = about, Schema = schema };

    private OpenApiRequestBody Body(PublicRpc rpc) => new() { Required = true, Content = Json(_schemas.Reference(rpc.Method.InputType)) };

    private static Dictionary<string, OpenApiMediaType> Json(IOpenApiSchema schema) =>
        new() { ["application/json"] = new OpenApiMediaType { Schema = schema } };

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex PathParameter();
}
