using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NexusCart.Sandbox;

namespace NexusCart.Tests.Unit.Sandbox;

/// <summary>PayPal's REST API by plain HTTP, as the published OpenAPI files describe it.</summary>
public sealed class PayPalClient(HttpClient http)
{
    private string? _token;

    public static JsonObject Order(string intent = "AUTHORIZE", string value = "19.99", string? invoice = null, string currency = "EUR") => new()
    {
        ["intent"] = intent,
        ["purchase_units"] = new JsonArray(new JsonObject
        {
            ["amount"] = new JsonObject { ["currency_code"] = currency, ["value"] = value },
            ["custom_id"] = invoice ?? Requests.NewId(),
            ["invoice_id"] = invoice ?? Requests.NewId(),
        }),
    };

    public static JsonObject Amount(string value, string currency = "EUR") =>
        new() { ["amount"] = new JsonObject { ["currency_code"] = currency, ["value"] = value } };

    public async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(
        HttpMethod method, string path, JsonNode? body = null, string? requestId = null, params (string Name, string Value)[] headers)
    {
        _token ??= await SignInAsync();
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        if (method != HttpMethod.Get)
            request.Content = new StringContent(body?.ToJsonString() ?? "", Encoding.UTF8, "application/json");
        if (requestId is not null)
            request.Headers.Add("PayPal-Request-Id", requestId);
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement);
    }

    /// <summary>A POST that must succeed.</summary>
    public async Task<JsonElement> PostAsync(string path, JsonNode? body = null, string? requestId = null)
    {
        var (status, answer) = await SendAsync(HttpMethod.Post, path, body, requestId);
        Assert.True((int)status < 300, $"{path}: {status} {answer}");
        return answer;
    }

    /// <summary>A GET that must succeed.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        var (status, answer) = await SendAsync(HttpMethod.Get, path);
        Assert.True(status == HttpStatusCode.OK, $"{path}: {status} {answer}");
        return answer;
    }

    /// <summary>A POST that must be refused: its status and issue.</summary>
    public async Task<(int Status, string? Issue)> RefusedAsync(string path, JsonNode? body = null, string? requestId = null, params (string, string)[] headers)
    {
        var (status, answer) = await SendAsync(HttpMethod.Post, path, body, requestId, headers);
        Assert.True((int)status >= 400, $"{path}: {status} {answer}");
        Assert.False(string.IsNullOrEmpty(answer.GetProperty("debug_id").GetString()));
        Assert.False(string.IsNullOrEmpty(answer.GetProperty("message").GetString()));
        return ((int)status, answer.TryGetProperty("details", out var details) ? details[0].GetProperty("issue").GetString() : answer.GetProperty("name").GetString());
    }

    /// <summary>An order that a buyer approved.</summary>
    public async Task<string> ApprovedAsync(JsonObject order, string buyer = "buyer")
    {
        var id = (await PostAsync("/v2/checkout/orders", order)).GetProperty("id").GetString()!;
        using var approved = await http.PostAsJsonAsync($"/_control/paypal/orders/{id}/approve", new { buyer });
        Assert.Equal(HttpStatusCode.NoContent, approved.StatusCode);
        return id;
    }

    /// <summary>A hold: the ids of the order and the authorisation.</summary>
    public async Task<(string Order, string Hold)> HeldAsync(string value = "19.99", string buyer = "buyer", string? invoice = null)
    {
        var id = await ApprovedAsync(Order(value: value, invoice: invoice), buyer);
        var order = await PostAsync($"/v2/checkout/orders/{id}/authorize");
        return (id, order.GetProperty("purchase_units")[0].GetProperty("payments").GetProperty("authorizations")[0].GetProperty("id").GetString()!);
    }

    private async Task<string> SignInAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/oauth2/token")
        {
            Content = new FormUrlEncodedContent([KeyValuePair.Create("grant_type", "client_credentials")]),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(
            Encoding.UTF8.GetBytes($"{SandboxOptions.DevelopmentPayPalClientId}:{SandboxOptions.DevelopmentPayPalSecret}")));
        using var response = await http.SendAsync(request);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("Bearer", answer.GetProperty("token_type").GetString());
        return answer.GetProperty("access_token").GetString()!;
    }
}
