using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Invocation;
using NexusCart.Sidecar.Resources;
using NexusCart.Tests.Sidecar.Infrastructure;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Tests.Sidecar.Invocation;

/// <summary>Who may call which methods of an app.</summary>
public sealed class AccessControlTests : IAsyncDisposable
{
    private const string Rules = """
        accessControl:
          defaultAction: deny
          trustDomain: public
          policies:
            - appId: shop
              defaultAction: allow
              trustDomain: public
              namespace: default
              operations:
                - { name: /orders/*, httpVerb: ["GET"], action: allow }
                - { name: /orders/secret, httpVerb: ["*"], action: deny }
        """;

    private readonly SidecarBed _bed = new();

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Theory]
    [InlineData("orders/1", "GET", true)]
    [InlineData("orders/1", "get", true)]
    [InlineData("orders/1", "POST", false)]
    [InlineData("orders", "GET", false)]
    [InlineData("orders/1/lines", "GET", false)]
    [InlineData("orders/secret", "GET", false)]
    [InlineData("files/a/b/c", "PUT", true)]
    [InlineData("files", "PUT", false)]
    [InlineData("files/a/private", "GET", false)]
    [InlineData("a/x/b", "GET", true)]
    [InlineData("a/x/c", "GET", false)]
    public void The_most_exact_pattern_decides(string operation, string verb, bool allowed)
    {
        var rules = new AccessControlSpec(AllowByDefault: true, "public",
        [
            new AccessPolicy("shop", AllowByDefault: false, "public", "default",
            [
                new AccessOperation("/orders/*", ["GET"], Allow: true),
                new AccessOperation("/orders/secret", ["*"], Allow: false),
                new AccessOperation("/files/**", [], Allow: true),
                new AccessOperation("/files/*/private", [], Allow: false),
                new AccessOperation("/a/*/b", ["GET", "POST"], Allow: true),
            ]),
        ]);
        Assert.Equal(allowed, AccessControl.Allows(rules, new SidecarOptions { AppId = "shop" }, "public", operation, verb));
    }

    [Theory]
    [InlineData("shop", "", "public", false)]
    [InlineData("other", "", "public", true)]
    [InlineData("shop", "elsewhere", "public", true)]
    [InlineData("shop", "", "stranger", true)]
    public void Whom_no_policy_is_for_meets_the_global_default(string appId, string @namespace, string trustDomain, bool allowed)
    {
        var rules = new AccessControlSpec(AllowByDefault: true, "public", [new AccessPolicy("shop", AllowByDefault: false, "public", "default", [])]);
        var caller = new SidecarOptions { AppId = appId, Namespace = @namespace };
        Assert.Equal(allowed, AccessControl.Allows(rules, caller, trustDomain, "x", "GET"));
    }

    [Theory]
    [InlineData("orders/1", HttpStatusCode.OK)]
    [InlineData("orders/secret", HttpStatusCode.Forbidden)]
    [InlineData("orders//secret", HttpStatusCode.Forbidden)]
    [InlineData("orders/x/../secret", HttpStatusCode.Forbidden)]
    [InlineData("orders/%73ecret", HttpStatusCode.Forbidden)]
    [InlineData("orders/%2573ecret", HttpStatusCode.Forbidden)]
    [InlineData("orders%2Fsecret", HttpStatusCode.Forbidden)]
    [InlineData("anything", HttpStatusCode.OK)]
    public async Task A_known_caller_gets_what_its_policy_allows_however_it_is_spelt(string method, HttpStatusCode expected)
    {
        var (caller, _) = await StartAsync(strict: false);
        using var answer = await caller.Http.GetAsync(new Uri($"{caller.HttpEndpoint}/v1.0/invoke/store/method/{method}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task Strict_nobody_is_known_and_only_the_global_default_counts()
    {
        var (caller, callee) = await StartAsync(strict: true);
        Assert.Equal(HttpStatusCode.Forbidden, (await caller.Http.GetAsync("/v1.0/invoke/store/method/orders/1")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await callee.Http.GetAsync("/v1.0/invoke/store/method/orders/secret")).StatusCode);
    }

    [Fact]
    public async Task A_proxied_gRPC_call_is_judged_by_its_path()
    {
        var (caller, _) = await StartAsync(strict: true);
        var headers = new Metadata { { "dapr-app-id", "store" } };
        var method = NexusCart.Sidecar.Api.Grpc.GrpcMethods.Unary<Rt.GetMetadataRequest, Rt.GetMetadataResponse>("shop.Orders", "Get");
        var refused = await Assert.ThrowsAsync<RpcException>(async () =>
            await caller.Grpc.CreateCallInvoker().AsyncUnaryCall(method, null, new CallOptions(headers), new Rt.GetMetadataRequest()));
        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
        Assert.Contains("operation: shop.Orders/Get", refused.Status.Detail, StringComparison.Ordinal);
    }

    private async Task<(TestSidecar Caller, TestSidecar Callee)> StartAsync(bool strict)
    {
        var app = await _bed.StartAppAsync(web => web.MapFallback(() => "ok"));
        var rules = _bed.Configuration(Rules);
        var callee = await _bed.StartSidecarAsync("store", app, options => options with { ConfigPaths = [rules], Strict = strict });
        return (await _bed.StartSidecarAsync("shop", change: options => options with { Strict = strict }), callee);
    }
}
