using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace NexusCart.Payments.Providers.PayPal;

/// <summary>A definite answer of PayPal that is no success.</summary>
public sealed class PayPalException(HttpStatusCode status, PayPalFault? fault) : Exception($"{(int)status} {fault?.Name}: {IssueOf(fault)}")
{
    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>PayPal's words; null when there were none.</summary>
    public PayPalFault? Fault { get; } = fault;

    /// <summary>The first issue, or the family of the refusal: <c>INSTRUMENT_DECLINED</c>.</summary>
    public string Issue { get; } = IssueOf(fault);

    private static string IssueOf(PayPalFault? fault) =>
        fault?.Details.FirstOrDefault(detail => !string.IsNullOrEmpty(detail.Issue))?.Issue ?? fault?.Name ?? "UNKNOWN";
}

/// <summary>
/// PayPal's REST API over HTTP: a token by client credentials, kept until shortly before it ends, and JSON. It repeats nothing;
/// the pipeline does.
/// </summary>
public sealed class PayPalClient(HttpClient http, string clientId, string clientSecret, TimeProvider time) : IDisposable
{
    /// <summary>The longest <c>PayPal-Request-Id</c>.</summary>
    public const int MaxKey = 108;

    private static readonly TimeSpan TokenMargin = TimeSpan.FromSeconds(60);

    private readonly SemaphoreSlim _renewing = new(1);
    private Token? _token;

    /// <summary>Posts.</summary>
    /// <param name="path">Such as <c>/v2/checkout/orders</c>.</param>
    /// <param name="body">The request.</param>
    /// <param name="bodyJson">How it is written.</param>
    /// <param name="answerJson">How the answer is read.</param>
    /// <param name="key">The <c>PayPal-Request-Id</c>; null for calls without an effect.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The answer; null when it has no body.</returns>
    /// <exception cref="PayPalException">It was not a success.</exception>
    public async Task<TAnswer?> PostAsync<TBody, TAnswer>(
        string path, TBody body, JsonTypeInfo<TBody> bodyJson, JsonTypeInfo<TAnswer> answerJson, string? key, CancellationToken cancellationToken)
        where TAnswer : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = Json(JsonSerializer.SerializeToUtf8Bytes(body, bodyJson)) };
        request.Headers.Add("Prefer", "return=representation");
        if (key is not null)
            request.Headers.Add("PayPal-Request-Id", key.Length <= MaxKey ? key : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))));
        return await SendAsync(request, answerJson, cancellationToken);
    }

    /// <summary>Posts bytes that must stay as they are.</summary>
    /// <exception cref="PayPalException">It was not a success.</exception>
    public async Task<TAnswer?> PostRawAsync<TAnswer>(string path, byte[] body, JsonTypeInfo<TAnswer> answerJson, CancellationToken cancellationToken)
        where TAnswer : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = Json(body) };
        return await SendAsync(request, answerJson, cancellationToken);
    }

    /// <summary>Gets.</summary>
    /// <exception cref="PayPalException">It was not a success.</exception>
    public async Task<TAnswer?> GetAsync<TAnswer>(string path, JsonTypeInfo<TAnswer> answerJson, CancellationToken cancellationToken)
        where TAnswer : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await SendAsync(request, answerJson, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        http.Dispose();
        _renewing.Dispose();
    }

    private async Task<TAnswer?> SendAsync<TAnswer>(HttpRequestMessage request, JsonTypeInfo<TAnswer> answerJson, CancellationToken cancellationToken)
        where TAnswer : class
    {
        var token = await TokenAsync(cancellationToken);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Value);
        using var response = await http.SendAsync(request, cancellationToken);
        if (response.StatusCode == HttpStatusCode.Unauthorized)
            Interlocked.CompareExchange(ref _token, null, token); // Revoked before its time: the next attempt brings a new one.
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new PayPalException(response.StatusCode, Read(body, PayPalJson.Default.PayPalFault));
        if (body.Length == 0)
            return null;
        return Read(body, answerJson) ?? throw new IOException("PayPal's answer cannot be read.");
    }

    private async Task<Token> TokenAsync(CancellationToken cancellationToken)
    {
        if (_token is { } good && good.Until > time.GetUtcNow())
            return good;
        await _renewing.WaitAsync(cancellationToken);
        try
        {
            if (_token is { } renewed && renewed.Until > time.GetUtcNow())
                return renewed;
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/oauth2/token")
            {
                Content = new FormUrlEncodedContent([new("grant_type", "client_credentials")]),
            };
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{clientId}:{clientSecret}")));
            using var response = await http.SendAsync(request, cancellationToken);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            if (!response.IsSuccessStatusCode)
                throw new PayPalException(response.StatusCode, new PayPalFault("TOKEN_REFUSED", null));
            var answer = Read(body, PayPalJson.Default.PayPalToken) ?? throw new IOException("PayPal's token cannot be read.");
            return _token = new Token(answer.AccessToken, time.GetUtcNow() + TimeSpan.FromSeconds(answer.ExpiresIn) - TokenMargin);
        }
        finally
        {
            _renewing.Release();
        }
    }

    private static ByteArrayContent Json(byte[] body) => new(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };

    private static T? Read<T>(byte[] body, JsonTypeInfo<T> json)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(body, json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Token(string Value, DateTimeOffset Until)
    {
        public override string ToString() => "Token"; // Nothing of it belongs into a log.
    }
}
