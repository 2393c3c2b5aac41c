using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Google.Rpc;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using NexusCart.Catalog.V1;

namespace NexusCart.Tests.Unit.Platform;

/// <summary>Every error leaves as a problem document over HTTP and as a status over gRPC.</summary>
public sealed class ProblemTests : IAsyncLifetime
{
    private PlatformHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await PlatformHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_good_answer_passes_untouched_with_64_bit_numbers_as_text()
    {
        var answer = await _host.Http.GetAsync("/v1/products/A-1");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync());
        Assert.Equal("9007199254740993", json.RootElement.GetProperty("version").GetString());
    }

    [Theory]
    [InlineData("missing", 404, "There is no product 'missing'.")]
    [InlineData("busy", 503, "The index is being built.")]
    [InlineData("plain", 409, "again please")]
    [InlineData("slow", 504, "The work took too long; its outcome is unknown.")]
    public async Task A_refusal_is_a_problem_document(string sku, int status, string detail)
    {
        var problem = await ReadAsync(await _host.Http.GetAsync($"/v1/products/{sku}"), status);
        Assert.Equal(detail, problem.GetProperty("detail").GetString());
        Assert.StartsWith("urn:nexuscart:problem:", problem.GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_refusal_that_knows_when_to_return_says_so()
    {
        var answer = await _host.Http.GetAsync("/v1/products/busy");
        Assert.Equal(TimeSpan.FromSeconds(2), answer.Headers.RetryAfter!.Delta);
    }

    [Fact]
    public async Task An_unexpected_exception_is_logged_once_and_told_to_nobody()
    {
        var problem = await ReadAsync(await _host.Http.GetAsync("/v1/products/broken"), 500);
        Assert.DoesNotContain("hunter2", problem.GetRawText());
        var fault = Assert.ThrowsAny<RpcException>(() => _host.Client.GetProduct(new GetProductRequest { Sku = "broken" }));
        Assert.Equal(StatusCode.Internal, fault.StatusCode);
        Assert.DoesNotContain("hunter2", fault.Status.Detail);
        Assert.Equal(2, _host.Log.Records.Count(r => r.Level >= LogLevel.Error)); // One for each of the two calls.
    }

    [Fact]
    public async Task Field_violations_come_by_field()
    {
        var answer = await PostAsync("""{"skus":["a","",""]}""");
        var errors = (await ReadAsync(answer, 400)).GetProperty("errors");
        Assert.Equal("must not be empty", errors.GetProperty("skus[1]")[0].GetString());
        Assert.True(errors.TryGetProperty("skus[2]", out _));

        var fault = Assert.ThrowsAny<RpcException>(() => _host.Client.GetProducts(new GetProductsRequest { Skus = { "" } }));
        Assert.Equal("skus[0]", fault.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations[0].Field);
    }

    [Theory]
    [InlineData("""{"skus":["a"}""", "The body is not well-formed JSON: line 1, byte 13.")]
    [InlineData("", "The body is empty; a JSON object is needed.")]
    [InlineData("[]", "The body must be a JSON object.")]
    [InlineData("""{"skus":"a"}""", "skus: must be an array")]
    [InlineData("""{"skus":[1]}""", "skus[0]: must be a string")]
    [InlineData("""{"skus":["\ud800"]}""", "skus[0]: is no Unicode text: it has half of a surrogate pair")]
    [InlineData("""{"\udc00":1,"skus":1}""", "The body has a field whose name is no Unicode text: it has half of a surrogate pair.")]
    public async Task Malformed_json_is_told_where_it_is_wrong(string body, string detail) =>
        Assert.Equal(detail, (await ReadAsync(await PostAsync(body), 400)).GetProperty("detail").GetString());

    [Fact]
    public async Task A_number_out_of_range_names_its_field()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/products:batchUpsert");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _host.Keys.User("ann", ["catalog.write"]));
        request.Content = Json("""{"products":[{"sku":"a","price":{"minorUnits":"12.5"}}]}""");
        var problem = await ReadAsync(await _host.Http.SendAsync(request), 400);
        Assert.True(problem.GetProperty("errors").TryGetProperty("products[0].price.minorUnits", out _));
    }

    [Fact]
    public async Task A_query_that_does_not_fit_names_its_field()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/products?pageSize=many&brand=x");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _host.Keys.User("ann"));
        var problem = await ReadAsync(await _host.Http.SendAsync(request), 400);
        Assert.Equal("pageSize: must be a whole number from -2147483648 to 2147483647", problem.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData(null)]
    public async Task Another_content_type_is_415(string? type)
    {
        var content = new StringContent("{}");
        content.Headers.ContentType = type is null ? null : new MediaTypeHeaderValue(type);
        await ReadAsync(await _host.Http.PostAsync("/v1/products:batchGet", content), 415);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_four_mebibytes_is_413(bool announced)
    {
        var body = Encoding.UTF8.GetBytes("{\"skus\":[\"" + new string('a', 5 * 1024 * 1024) + "\"]}");
        using var content = new StreamContent(announced ? new MemoryStream(body) : new Unseekable(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        HttpResponseMessage answer;
        try
        {
            answer = await _host.Http.PostAsync("/v1/products:batchGet", content);
        }
        catch (HttpRequestException) when (announced)
        {
            return; // The server may reset the stream while the client still writes.
        }
        await ReadAsync(answer, 413);
    }

    [Fact]
    public async Task Unknown_paths_are_404_and_other_methods_405()
    {
        var missing = await ReadAsync(await _host.Http.GetAsync("/v1/nothing"), 404);
        Assert.Equal("There is nothing at /v1/nothing.", missing.GetProperty("detail").GetString());
        var answer = await _host.Http.DeleteAsync("/v1/products/A-1");
        await ReadAsync(answer, 405);
        Assert.Contains("GET", answer.Content.Headers.Allow);
    }

    [Theory]
    [InlineData(null, "Idempotency-Key: is needed: repeat a request with the same key and it happens once")]
    [InlineData("a b", "Idempotency-Key: must be 1 to 128 printable ASCII characters without spaces")]
    [InlineData("129", "Idempotency-Key: must be 1 to 128 printable ASCII characters without spaces")]
    public async Task A_missing_or_malformed_idempotency_key_is_named(string? key, string detail)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/products:batchGet") { Content = Json("{}") };
        if (key is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", key == "129" ? new string('k', 129) : key);
        Assert.Equal(detail, (await ReadAsync(await _host.Http.SendAsync(request), 400)).GetProperty("detail").GetString());
    }

    [Fact]
    public async Task The_idempotency_key_arrives_by_either_way()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/products:batchGet") { Content = Json("{}") };
        request.Headers.Add("Idempotency-Key", "k-1");
        Assert.Contains("k-1", await (await _host.Http.SendAsync(request)).Content.ReadAsStringAsync());
        var answer = await _host.Client.GetProductsAsync(new GetProductsRequest(), new Metadata { { "idempotency-key", "k-2" } });
        Assert.Equal("k-2", Assert.Single(answer.UnknownSkus));
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer, int status)
    {
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        var problem = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync());
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.NotEqual("", problem.GetProperty("title").GetString());
        Assert.Equal(32, problem.GetProperty("traceId").GetString()!.Length);
        return problem;
    }

    private Task<HttpResponseMessage> PostAsync(string body) => _host.Http.PostAsync("/v1/products:batchGet", Json(body));

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    /// <summary>Content without a length.</summary>
    private sealed class Unseekable(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
