using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using NexusCart.Sandbox.Intents;

namespace NexusCart.Sandbox.Http;

/// <summary>The parameters of a request, form-encoded or in the query, with the provider's checks and error texts.</summary>
public sealed partial class StripeForm
{
    private readonly Dictionary<string, string> _values;

    private StripeForm(Dictionary<string, string> values) => _values = values;

    /// <summary>All parameters under their wire names: <c>metadata[payment_id]</c>, <c>expand[0]</c>.</summary>
    public IReadOnlyDictionary<string, string> Values => _values;

    /// <summary>Reads a POST's body or a GET's query.</summary>
    /// <exception cref="ApiException">The body is not form-encoded.</exception>
    public static async Task<StripeForm> ReadAsync(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!HttpMethods.IsPost(request.Method))
            return From(request.Query.Select(pair => KeyValuePair.Create(pair.Key, pair.Value)));

        using var reader = new StreamReader(request.Body);
        var body = await reader.ReadToEndAsync(request.HttpContext.RequestAborted);
        var type = request.ContentType?.Split(';')[0].Trim();
        if (body.Length > 0 && !string.Equals(type, "application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase))
            throw new ApiException(ApiError.Invalid(null, null, $"Invalid request: the body must be form-encoded (application/x-www-form-urlencoded), not {type ?? "untyped"}."));
        return From(QueryHelpers.ParseQuery(body));
    }

    /// <summary>Refuses parameters the endpoint does not know; a name admits its nested members too.</summary>
    public StripeForm AllowOnly(params ReadOnlySpan<string> names)
    {
        foreach (var name in _values.Keys)
        {
            var root = name.Split('[')[0];
            if (root != "expand" && !names.Contains(root))
                throw new ApiException(ApiError.Invalid("parameter_unknown", root, $"Received unknown parameter: {root}"));
        }

        return this;
    }

    /// <summary>An optional text; empty counts as absent.</summary>
    public string? Text(string name) => _values.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    /// <summary>A required text.</summary>
    public string RequiredText(string name) => Text(name)
        ?? throw new ApiException(ApiError.Invalid("parameter_missing", name, $"Missing required param: {name}."));

    /// <summary>An optional positive integer.</summary>
    public long? Positive(string name)
    {
        if (Text(name) is not { } text)
            return null;
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            throw new ApiException(ApiError.Invalid("parameter_invalid_integer", name, $"Invalid integer: {text}"));
        return number >= 1 ? number
            : throw new ApiException(ApiError.Invalid("parameter_invalid_integer", name, "This value must be greater than or equal to 1."));
    }

    /// <summary>An optional boolean.</summary>
    public bool Flag(string name) => Text(name) switch
    {
        null or "false" => false,
        "true" => true,
        var other => throw new ApiException(ApiError.Invalid(null, name, $"Invalid boolean: {other}")),
    };

    /// <summary>An optional text out of a closed list.</summary>
    public string? OneOf(string name, params ReadOnlySpan<string> allowed)
    {
        if (Text(name) is not { } text)
            return null;
        return allowed.Contains(text) ? text
            : throw new ApiException(ApiError.Invalid(null, name, $"Invalid {name}: must be one of {string.Join(", ", allowed.ToArray())}"));
    }

    /// <summary>An optional time in Unix seconds.</summary>
    public DateTimeOffset? Time(string name) => Positive(name) is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    /// <summary>The caller's key/value pairs: at most 50, keys to 40 and values to 500 characters.</summary>
    public IReadOnlyDictionary<string, string> Metadata()
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in _values)
        {
            if (MetadataName().Match(name) is not { Success: true } match || value.Length == 0)
                continue;
            var key = match.Groups[1].Value;
            if (key.Length > 40)
                throw new ApiException(ApiError.Invalid(null, "metadata", $"Metadata keys can be up to 40 characters; '{key}' has {key.Length}."));
            if (value.Length > 500)
                throw new ApiException(ApiError.Invalid(null, $"metadata[{key}]", $"Metadata values can have up to 500 characters, but you passed in a value that is {value.Length} characters."));
            metadata[key] = value;
        }

        return metadata.Count <= 50 ? metadata
            : throw new ApiException(ApiError.Invalid(null, "metadata", "Metadata can only have up to 50 keys."));
    }

    /// <summary>True when the caller wants the whole object in place of its id.</summary>
    public bool Expands(string property) =>
        _values.Any(pair => pair.Key.StartsWith("expand[", StringComparison.Ordinal) && (pair.Value == property || pair.Value == $"data.{property}"));

    [GeneratedRegex(@"^metadata\[([^\[\]]+)\]$")]
    private static partial Regex MetadataName();

    private static StripeForm From(IEnumerable<KeyValuePair<string, StringValues>> pairs) =>
        new(pairs.ToDictionary(pair => pair.Key, pair => pair.Value is [.., { } last] ? last : "", StringComparer.Ordinal));
}
