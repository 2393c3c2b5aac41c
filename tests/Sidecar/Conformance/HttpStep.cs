using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NexusCart.Tests.Sidecar.Conformance;

/// <summary>The answer to an HTTP step.</summary>
internal sealed record HttpAnswer(int Status, JsonObject Headers, string Text, double Seconds)
{
    /// <summary>The answer in the form expectations are compared with.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["status"] = Status, ["headers"] = Headers.DeepClone(), ["body"] = Text, ["seconds"] = Seconds };
        if (Text.Length > 0 && TryParse(Text, out var body))
            json["json"] = body;
        return json;
    }

    /// <summary>Parses a body that may be JSON.</summary>
    public static bool TryParse(string text, out JsonNode? node)
    {
        try
        {
            node = JsonNode.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            node = null;
            return false;
        }
    }
}

/// <summary>Sends HTTP steps: path, headers and body exactly as written.</summary>
internal static class HttpStep
{
    private static readonly HttpMessageInvoker Client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
        PooledConnectionLifetime = TimeSpan.Zero,
    });

    public static async Task<HttpAnswer> SendAsync(string address, JsonObject step)
    {
        var uri = new Uri($"http://{address}{step["path"]!.GetValue<string>()}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(new HttpMethod(step["method"]?.GetValue<string>() ?? "GET"), uri) { Version = new Version(1, 1) };
        var body = BodyOf(step);
        if (body is { Length: > 0 } || (body is not null && request.Method.Method is "POST" or "PUT" or "PATCH"))
            request.Content = new ByteArrayContent(body!);
        foreach (var (name, value) in (step["headers"] as JsonObject) ?? [])
        {
            foreach (var one in value is JsonArray many ? many.Select(item => item!.ToString()) : [value!.ToString()])
            {
                if (request.Headers.TryAddWithoutValidation(name, one))
                    continue;
                request.Content ??= new ByteArrayContent([]);
                request.Content.Headers.TryAddWithoutValidation(name, one);
            }
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(step["timeout"]?.GetValue<double>() ?? 30));
        var began = Environment.TickCount64;
        using var response = await Client.SendAsync(request, limit.Token);
        var bytes = await response.Content.ReadAsByteArrayAsync(limit.Token);
        var headers = new JsonObject();
        foreach (var (name, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
            headers[name.ToLowerInvariant()] = string.Join(", ", values.ToArray());
        return new HttpAnswer((int)response.StatusCode, headers, Encoding.UTF8.GetString(bytes), (Environment.TickCount64 - began) / 1000d);
    }

    private static byte[]? BodyOf(JsonObject step)
    {
        if (step.ContainsKey("json"))
            return Encoding.UTF8.GetBytes(step["json"]?.ToJsonString() ?? "null");
        if (step["body_b64"]?.GetValue<string>() is { } base64)
            return Convert.FromBase64String(base64);
        if (step["body_repeat"] is JsonArray repeat)
        {
            return Encoding.UTF8.GetBytes(
                repeat[0]!.GetValue<string>()
                + string.Concat(Enumerable.Repeat(repeat[1]!.GetValue<string>(), repeat[2]!.GetValue<int>()))
                + repeat[3]!.GetValue<string>());
        }

        return step["body"]?.GetValue<string>() is { } body ? Encoding.UTF8.GetBytes(body) : null;
    }
}
