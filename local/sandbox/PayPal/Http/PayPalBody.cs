using System.Globalization;
using System.Text;
using System.Text.Json;
using NexusCart.Sandbox.PayPal.Orders;

namespace NexusCart.Sandbox.PayPal.Http;

/// <summary>A request's JSON body, with PayPal's checks. Absent members of an empty body are just absent.</summary>
public sealed class PayPalBody
{
    private readonly JsonElement _root;
    private readonly string _path;

    private PayPalBody(JsonElement root, string path, string text) => (_root, _path, Content) = (root, path, text);

    /// <summary>The body as it came.</summary>
    public string Content { get; }

    /// <summary>Reads a request.</summary>
    /// <exception cref="PayPalException">415 when it is not JSON by its type, 400 when by its content.</exception>
    public static async Task<PayPalBody> ReadAsync(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var reader = new StreamReader(request.Body, Encoding.UTF8);
        var text = await reader.ReadToEndAsync(request.HttpContext.RequestAborted);
        if (!request.HasJsonContentType() && !HttpMethods.IsGet(request.Method))
            throw new PayPalException(new(415, "UNSUPPORTED_MEDIA_TYPE", "The server does not support the request payload's media type."));
        if (text.Length == 0)
            return new(default, "", text);
        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return new(document.RootElement.Clone(), "", text);
        }
        catch (JsonException)
        {
            // Told below.
        }

        throw new PayPalException(new(400, "INVALID_REQUEST", "Request is not well-formed, syntactically incorrect, or violates schema.")
        {
            Details = [new("MALFORMED_REQUEST_JSON", "The request JSON is not well formed.", "/")],
        });
    }

    /// <summary>True when the member is there and not null.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>The raw JSON of a member.</summary>
    public string? Raw(string name) => Find(name)?.GetRawText();

    /// <summary>An optional object; null when absent.</summary>
    public PayPalBody? Nested(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } found => new(found, $"{_path}/{name}", Content),
        _ => throw Syntax(name),
    };

    /// <summary>An optional list of objects; empty when absent.</summary>
    public IReadOnlyList<PayPalBody> List(string name) => Find(name) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } found => [.. found.EnumerateArray().Select((item, index) => item.ValueKind == JsonValueKind.Object
            ? new PayPalBody(item, $"{_path}/{name}/{index}", Content)
            : throw Syntax($"{name}/{index}"))],
        _ => throw Syntax(name),
    };

    /// <summary>An optional text of 1 to <paramref name="most"/> characters.</summary>
    public string? Text(string name, int most = 127)
    {
        if (Find(name) is not { } found)
            return null;
        return found.ValueKind == JsonValueKind.String && found.GetString() is { } text && text.Length >= 1 && text.Length <= most
            ? text
            : throw Syntax(name);
    }

    /// <summary>An optional boolean, false when absent.</summary>
    public bool Flag(string name) => Find(name) switch
    {
        null => false,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw Syntax(name),
    };

    /// <summary>An optional amount.</summary>
    public PayPalMoney? Money(string name) => Nested(name)?.Money();

    /// <summary>A required amount of more than nothing.</summary>
    public PayPalMoney RequiredMoney(string name)
    {
        var money = Money(name) ?? throw Missing(name);
        return money.MinorUnits > 0 ? money : throw new PayPalException(PayPalError.Unprocessable("CANNOT_BE_ZERO_OR_NEGATIVE", $"{_path}/{name}/value", money.Value));
    }

    /// <summary>A whole number given as text, as PayPal gives quantities.</summary>
    public long Quantity(string name) =>
        long.TryParse(Text(name, 10) ?? throw Missing(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Syntax(name);

    /// <summary>The refusal of a request without a member.</summary>
    public PayPalException Missing(string name) => new(PayPalError.Invalid("MISSING_REQUIRED_PARAMETER", $"{_path}/{name}"));

    /// <summary>The refusal of a malformed member.</summary>
    public PayPalException Syntax(string name) => new(PayPalError.Invalid("INVALID_PARAMETER_SYNTAX", $"{_path}/{name}"));

    private PayPalMoney Money()
    {
        var currency = Text("currency_code", 3) ?? throw Missing("currency_code");
        var value = Text("value", 32) ?? throw Missing("value");
        return PayPalMoney.TryParse(value, currency, out var money) switch
        {
            null => money,
            "INVALID_PARAMETER_SYNTAX" => throw Syntax("value"),
            var issue => throw new PayPalException(PayPalError.Unprocessable(issue, issue == "INVALID_CURRENCY_CODE" ? $"{_path}/currency_code" : $"{_path}/value", value)),
        };
    }

    private JsonElement? Find(string name) =>
        _root.ValueKind == JsonValueKind.Object && _root.TryGetProperty(name, out var found) && found.ValueKind != JsonValueKind.Null ? found : null;
}
