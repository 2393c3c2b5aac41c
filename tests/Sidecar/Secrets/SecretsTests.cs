using System.Net;
using System.Text.Json.Nodes;
using Dapr;
using Grpc.Core;
using NexusCart.Sidecar.Resources;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.Secrets;

public sealed class SecretsTests : IAsyncDisposable
{
    private readonly SidecarBed _bed = new();

    public SecretsTests()
    {
        File.WriteAllText(Path.Combine(_bed.Folder, "secrets.json"), """
            { "alpha": "a", "num": 5, "yes": true, "nested": { "one": "n1", "two": { "three": "n23" } }, "list": ["l0", "l1"] }
            """);
        var file = Path.Combine(_bed.Folder, "secrets.json");
        _bed.Resource(
            "secrets.yaml",
            SidecarBed.Component("flat", "secretstores.local.file", ("secretsFile", file)),
            SidecarBed.Component("dotted", "secretstores.local.file", ("secretsFile", file), ("nestedSeparator", ".")),
            SidecarBed.Component("multi", "secretstores.local.file", ("secretsFile", file), ("multiValued", "true")),
            SidecarBed.Component("env", "secretstores.local.env"));
    }

    [Fact]
    public async Task Official_client_reads_flattened_secrets()
    {
        var sidecar = await _bed.StartSidecarAsync("app");

        Assert.Equal("a", (await sidecar.Client.GetSecretAsync("flat", "alpha"))["alpha"]);
        Assert.Equal("n23", (await sidecar.Client.GetSecretAsync("flat", "nested:two:three"))["nested:two:three"]);
        Assert.Equal("n23", (await sidecar.Client.GetSecretAsync("dotted", "nested.two.three"))["nested.two.three"]);
        Assert.Equal("l1", (await sidecar.Client.GetSecretAsync("flat", "list:1"))["list:1"]);
        Assert.Equal("5", (await sidecar.Client.GetSecretAsync("flat", "num"))["num"]);
        Assert.Equal("true", (await sidecar.Client.GetSecretAsync("flat", "yes"))["yes"]);
        Assert.Equal(new Dictionary<string, string> { ["one"] = "n1", ["two:three"] = "n23" }, await sidecar.Client.GetSecretAsync("multi", "nested"));
        Assert.Equal(7, (await sidecar.Client.GetBulkSecretAsync("flat")).Count);
    }

    [Fact]
    public async Task Missing_secret_is_an_internal_error_that_names_it()
    {
        var sidecar = await _bed.StartSidecarAsync("app");

        var response = await sidecar.Http.GetAsync("/v1.0/secrets/flat/nope");

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal(
            """{"errorCode":"ERR_SECRET_GET","message":"failed getting secret with key nope from secret store flat: secret nope not found"}""",
            await response.Content.ReadAsStringAsync());
        var error = await Assert.ThrowsAsync<DaprException>(() => sidecar.Client.GetSecretAsync("flat", "nope"));
        Assert.Equal(StatusCode.Internal, Assert.IsType<RpcException>(error.InnerException).StatusCode);
    }

    [Fact]
    public async Task Runtime_variables_are_hidden_and_unset_ones_empty()
    {
        Environment.SetEnvironmentVariable("DAPR_HIDDEN_TEST", "x");
        Environment.SetEnvironmentVariable("SIDECAR_SECRET_TEST", "seen");
        var sidecar = await _bed.StartSidecarAsync("app");

        Assert.Equal("seen", (await sidecar.Client.GetSecretAsync("env", "SIDECAR_SECRET_TEST"))["SIDECAR_SECRET_TEST"]);
        Assert.Equal("", (await sidecar.Client.GetSecretAsync("env", "DAPR_HIDDEN_TEST"))["DAPR_HIDDEN_TEST"]);
        Assert.Equal("", (await sidecar.Client.GetSecretAsync("env", "SIDECAR_UNSET_TEST"))["SIDECAR_UNSET_TEST"]);
        Assert.DoesNotContain("DAPR_HIDDEN_TEST", (await sidecar.Client.GetBulkSecretAsync("env")).Keys);
    }

    [Fact]
    public async Task Scopes_of_the_configuration_hold()
    {
        var config = _bed.Configuration("""
            secrets:
              scopes:
                - { storeName: flat, defaultAccess: deny, allowedSecrets: ["alpha"] }
                - { storeName: dotted, deniedSecrets: ["alpha"] }
            """);
        var sidecar = await _bed.StartSidecarAsync("app", change: options => options with { ConfigPaths = [config] });

        Assert.Equal(HttpStatusCode.OK, (await sidecar.Http.GetAsync("/v1.0/secrets/flat/alpha")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await sidecar.Http.GetAsync("/v1.0/secrets/flat/num")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await sidecar.Http.GetAsync("/v1.0/secrets/flat/nope")).StatusCode);
        Assert.Equal("""{"alpha":{"alpha":"a"}}""", await sidecar.Http.GetStringAsync("/v1.0/secrets/flat/bulk"));
        Assert.Equal(HttpStatusCode.Forbidden, (await sidecar.Http.GetAsync("/v1.0/secrets/dotted/alpha")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await sidecar.Http.GetAsync("/v1.0/secrets/dotted/num")).StatusCode);
    }

    [Fact]
    public async Task Components_take_settings_from_a_secret_store()
    {
        _bed.Resource("b.yaml", """
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: { name: nested }
            spec:
              type: secretstores.local.file
              version: v1
              metadata:
                - { name: secretsFile, secretKeyRef: { name: alpha } }
            auth: { secretStore: flat }
            """);

        var error = await Assert.ThrowsAsync<ResourceException>(() => _bed.StartSidecarAsync("app"));

        Assert.Contains($"secretsFile '{Path.GetFullPath("a")}' does not exist", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_store_is_401_and_no_store_500()
    {
        var sidecar = await _bed.StartSidecarAsync("app");
        var bare = await _bed.StartSidecarAsync("bare", change: options => options with { ResourcePaths = [] });

        Assert.Equal(HttpStatusCode.Unauthorized, (await sidecar.Http.GetAsync("/v1.0/secrets/none/x")).StatusCode);
        var unconfigured = await bare.Http.GetAsync("/v1.0/secrets/none/x");
        Assert.Equal(HttpStatusCode.InternalServerError, unconfigured.StatusCode);
        Assert.Equal("ERR_SECRET_STORES_NOT_CONFIGURED", (string?)JsonNode.Parse(await unconfigured.Content.ReadAsStringAsync())!["errorCode"]);
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();
}
