using System.Net;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NexusCart.Catalog.V1;
using NexusCart.Platform;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Idempotency;
using NexusCart.Platform.Security;
using CatalogRpc = NexusCart.Catalog.V1.Catalog;

namespace NexusCart.Tests.Unit.Platform;

/// <summary>A service on the platform's defaults, on real ports, with the catalog's contract and made-up answers.</summary>
internal sealed class PlatformHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private PlatformHost(WebApplication app)
    {
        _app = app;
        var ports = app.Urls.Select(url => new Uri(url)).ToList();
        Http = new HttpClient(new Http2Only(new SocketsHttpHandler())) { BaseAddress = ports[0] };
        Management = new HttpClient { BaseAddress = ports[1] };
        Channel = GrpcChannel.ForAddress(ports[0]);
        Client = new CatalogRpc.CatalogClient(Channel);
    }

    public TestKeys Keys { get; private init; } = new();

    public HttpClient Http { get; }

    public HttpClient Management { get; }

    public GrpcChannel Channel { get; }

    public CatalogRpc.CatalogClient Client { get; }

    public RecordingLogger Log { get; private init; } = new();

    public KeyPublisher? Publisher { get; private init; }

    public static async Task<PlatformHost> StartAsync(
        Action<WebApplicationBuilder>? configure = null, Action<WebApplication>? map = null, string environment = "Production",
        Dictionary<string, string>? secrets = null)
    {
        var keys = new TestKeys();
        var log = new RecordingLogger();
        var publisher = await KeyPublisher.StartAsync(keys);
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["APP_PORT"] = "0",
            ["MANAGEMENT_PORT"] = "0",
            ["APP_ID"] = "test",
            ["DAPR_HTTP_PORT"] = publisher.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
        });
        builder.Services.AddSingleton<ISecretSource>(new FixedSecrets(secrets ?? keys.Secrets));
        builder.AddNexusDefaults();
        builder.Logging.ClearProviders().AddProvider(log);
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseNexusDefaults();
        // The contract has more RPCs than there are answers for; those answer UNIMPLEMENTED, to anybody.
        app.MapGrpcService<FakeCatalog>().Finally(static endpoint =>
        {
            if (endpoint.Metadata.OfType<GrpcMethodMetadata>().FirstOrDefault() is { } rpc
                && typeof(FakeCatalog).GetMethod(rpc.Method.Name)?.DeclaringType != typeof(FakeCatalog))
            {
                endpoint.Metadata.Add(new AllowAnonymousAttribute());
            }
        });
        map?.Invoke(app);
        await app.StartAsync();
        return new PlatformHost(app) { Keys = keys, Log = log, Publisher = publisher };
    }

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        Http.Dispose();
        Management.Dispose();
        await _app.DisposeAsync();
        if (Publisher is not null) await Publisher.DisposeAsync();
    }
}

/// <summary>Sends everything as HTTP/2 without an upgrade, as a sidecar does.</summary>
internal sealed class Http2Only(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Version = HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        return base.SendAsync(request, cancellationToken);
    }
}

internal sealed class FixedSecrets(Dictionary<string, string> values) : ISecretSource
{
    public Task<string?> ReadAsync(string name, CancellationToken cancellationToken) => Task.FromResult(values.GetValueOrDefault(name));
}

internal sealed class RecordingLogger : ILoggerProvider, ILogger
{
    private readonly List<(LogLevel Level, string Text)> _records = [];

    public IReadOnlyList<(LogLevel Level, string Text)> Records
    {
        get
        {
            lock (_records) return [.. _records];
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_records) _records.Add((logLevel, formatter(state, exception) + exception?.Message));
    }
}

/// <summary>Answers that bring about each kind of outcome.</summary>
internal sealed class FakeCatalog : CatalogRpc.CatalogBase
{
    [AllowAnonymous]
    public override Task<Product> GetProduct(GetProductRequest request, ServerCallContext context) => request.Sku switch
    {
        "missing" => throw Refusal.NotFound("product", request.Sku),
        "broken" => throw new InvalidOperationException("the database password is hunter2"),
        "busy" => throw Refusal.Unavailable("The index is being built.", TimeSpan.FromSeconds(1.2)),
        "slow" => throw new TimeoutException("somewhere inside"),
        "plain" => throw new RpcException(new Status(StatusCode.Aborted, "again please")),
        _ => Task.FromResult(new Product { Sku = request.Sku, Version = 9_007_199_254_740_993 }),
    };

    [Authorize(Policies.Customer)]
    public override Task<ListProductsResponse> ListProducts(ListProductsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListProductsResponse { NextPageToken = context.CustomerId() });

    [Authorize(Policies.Internal)]
    public override Task<ListCategoriesResponse> ListCategories(ListCategoriesRequest request, ServerCallContext context) =>
        Task.FromResult(new ListCategoriesResponse());

    [AllowAnonymous]
    public override Task<GetProductsResponse> GetProducts(GetProductsRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        for (var i = 0; i < request.Skus.Count; i++) violations.Check(request.Skus[i] != "", $"skus[{i}]", "must not be empty");
        violations.ThrowIfAny();
        return Task.FromResult(new GetProductsResponse { UnknownSkus = { context.RequireIdempotencyKey() } });
    }

    [Authorize(Policies.CatalogWrite)]
    public override Task<UpsertProductsResponse> UpsertProducts(UpsertProductsRequest request, ServerCallContext context) =>
        Task.FromResult(new UpsertProductsResponse { Created = request.Products.Count });
}
