using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Dapr.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.Bindings;

/// <summary>Output bindings as apps use them.</summary>
public sealed class OutputBindingTests : IAsyncDisposable
{
    private readonly SidecarBed _bed = new();

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Theory]
    [InlineData("Hello World", "Hello World")]
    [InlineData("SGVsbG8=", "Hello")]
    [InlineData("a \"quoted\" text", "a \"quoted\" text")]
    [InlineData("", "")]
    public async Task A_text_is_stored_without_its_quotes_and_base_64_as_its_bytes(string data, string stored)
    {
        var sidecar = await StartWithFilesAsync();
        Assert.Equal(HttpStatusCode.OK, (await InvokeAsync(sidecar, "files", "create", data, "a/b.txt")).StatusCode);
        Assert.Equal(stored, await File.ReadAllTextAsync(Path.Combine(Root, "a", "b.txt")));
    }

    [Fact]
    public async Task Bytes_that_come_by_gRPC_are_stored_as_they_are()
    {
        var sidecar = await StartWithFilesAsync();
        byte[] bytes = [0, 1, 255, 34];
        var request = new BindingRequest("files", "create") { Data = bytes };
        request.Metadata["fileName"] = "x.bin";
        await sidecar.Client.InvokeBindingAsync(request);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Path.Combine(Root, "x.bin")));
    }

    [Theory]
    [InlineData("../../out.txt", "out.txt")]
    [InlineData("/etc/x", "etc/x")]
    [InlineData("a/../../b", "b")]
    public async Task Nothing_is_written_outside_of_the_folder(string name, string expected)
    {
        var sidecar = await StartWithFilesAsync();
        using var answer = await InvokeAsync(sidecar, "files", "create", "x!", name);
        Assert.Equal(expected, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["fileName"]!.GetValue<string>());
        Assert.True(File.Exists(Path.Combine(Root, expected)));
    }

    [Fact]
    public async Task A_link_does_not_lead_out_of_the_folder()
    {
        var sidecar = await StartWithFilesAsync();
        File.CreateSymbolicLink(Path.Combine(Root, "door"), Path.GetTempPath());
        using var answer = await InvokeAsync(sidecar, "files", "create", "x!", "door/out.txt");
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.False(File.Exists(Path.Combine(Path.GetTempPath(), "out.txt")));
    }

    [Fact]
    public async Task A_file_without_a_name_gets_one_and_is_listed()
    {
        var sidecar = await StartWithFilesAsync();
        Assert.Equal("null", await (await InvokeAsync(sidecar, "files", "list", null, null)).Content.ReadAsStringAsync());
        using var answer = await InvokeAsync(sidecar, "files", "create", "x!", null);
        var name = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["fileName"]!.GetValue<string>();
        Assert.True(Guid.TryParse(name, out _));
        var list = await InvokeAsync(sidecar, "files", "list", null, null);
        Assert.Equal([Path.Combine(Root, name)], JsonNode.Parse(await list.Content.ReadAsStringAsync())!.AsArray().Select(file => file!.GetValue<string>()));
        Assert.Equal(HttpStatusCode.InternalServerError, (await InvokeAsync(sidecar, "files", "list", null, "nowhere")).StatusCode);
    }

    [Fact]
    public async Task The_http_binding_sends_the_path_and_capitalised_metadata_and_tells_of_a_refusal()
    {
        var app = await _bed.StartAppAsync(web => web.Map("/api/{**rest}", (HttpRequest request, HttpResponse response, string rest) =>
        {
            response.StatusCode = StatusCodes.Status418ImATeapot;
            response.Headers["x-seen"] = $"{request.Method} {rest} {request.Headers["X-Mine"]} {request.Headers["lower"]}{request.Headers["x-token"]} {request.ContentType}";
            return response.WriteAsync("no coffee");
        }));
        _bed.Resource("out.yaml", SidecarBed.Component(
            "out", "bindings.http", ("url", $"http://127.0.0.1:{app.Port}/api/"), ("securityToken", "secret"), ("securityTokenHeader", "X-Token")));
        var sidecar = await _bed.StartSidecarAsync("shop", app);
        var metadata = new Dictionary<string, string> { ["path"] = "/pots/1", ["X-Mine"] = "yes", ["lower"] = "no", ["Content-Type"] = "text/css" };

        using var refused = await sidecar.Http.PostAsJsonAsync("/v1.0/bindings/out", new { operation = "put", data = 1, metadata });
        Assert.Equal(HttpStatusCode.InternalServerError, refused.StatusCode);
        Assert.Contains("received status code 418", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("418", refused.Headers.GetValues("metadata.statusCode").Single());
        Assert.Equal("PUT pots/1 yes secret text/css", refused.Headers.GetValues("metadata.X-Seen").Single());

        metadata["errorIfNot2XX"] = "false";
        using var taken = await sidecar.Http.PostAsJsonAsync("/v1.0/bindings/out", new { operation = "get", metadata });
        Assert.Equal("no coffee", await taken.Content.ReadAsStringAsync());
        metadata["path"] = "../admin";
        using var outside = await sidecar.Http.PostAsJsonAsync("/v1.0/bindings/out", new { operation = "get", metadata });
        Assert.Contains("invalid path: ../admin", await outside.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_binding_that_is_for_input_only_cannot_be_invoked()
    {
        _bed.Resource("files.yaml", SidecarBed.Component("files", "bindings.localstorage", ("rootPath", Root), ("direction", "input")));
        using var answer = await InvokeAsync(await _bed.StartSidecarAsync("shop"), "files", "list", null, null);
        Assert.Contains("couldn't find output binding files", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mail_goes_out_with_what_the_component_and_the_call_say()
    {
        await using var server = new SmtpStub();
        _bed.Resource("mail.yaml", SidecarBed.Component(
            "mail", "bindings.smtp", ("host", "127.0.0.1"), ("port", $"{server.Port}"), ("emailFrom", "shop@example.com"), ("subject", "News"), ("priority", "1")));
        var sidecar = await _bed.StartSidecarAsync("shop");
        var metadata = new Dictionary<string, string> { ["emailTo"] = "a@example.com; b@example.com", ["emailBCC"] = "c@example.com", ["subject"] = "Your order" };

        using var answer = await sidecar.Http.PostAsJsonAsync("/v1.0/bindings/mail", new { operation = "create", data = "<h1>Paid</h1>", metadata });
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        var mail = await server.Mail.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(["<a@example.com>", "<b@example.com>", "<c@example.com>"], mail.Recipients);
        Assert.Contains("Subject: Your order", mail.Text, StringComparison.Ordinal);
        Assert.Contains("From: shop@example.com", mail.Text, StringComparison.Ordinal);
        Assert.Contains("X-Priority: 1", mail.Text, StringComparison.Ordinal);
        Assert.Contains("<h1>Paid</h1>", mail.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("c@example.com", mail.Text, StringComparison.Ordinal);

        using var nobody = await sidecar.Http.PostAsJsonAsync("/v1.0/bindings/mail", new { operation = "create", data = "x" });
        Assert.Contains("emailTo property not supplied", await nobody.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private string Root => Path.Combine(_bed.Folder, "files");

    private Task<TestSidecar> StartWithFilesAsync()
    {
        _bed.Resource("files.yaml", SidecarBed.Component("files", "bindings.localstorage", ("rootPath", Root)));
        return _bed.StartSidecarAsync("shop");
    }

    private static Task<HttpResponseMessage> InvokeAsync(TestSidecar sidecar, string name, string operation, string? data, string? fileName)
    {
        var metadata = fileName is null ? [] : new Dictionary<string, string> { ["fileName"] = fileName };
        return sidecar.Http.PostAsJsonAsync($"/v1.0/bindings/{name}", new { operation, data, metadata });
    }
}
