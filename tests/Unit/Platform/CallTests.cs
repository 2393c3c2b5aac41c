using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using NexusCart.Catalog.V1;
using NexusCart.Platform.Calls;
using NexusCart.Platform.Security;
using NSubstitute;
using CatalogRpc = NexusCart.Catalog.V1.Catalog;

namespace NexusCart.Tests.Unit.Platform;

/// <summary>What every call to another service carries.</summary>
public sealed class CallTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly CapturingInvoker _invoker = new();
    private readonly ServiceTokenSource _tokens;
    private readonly CatalogRpc.CatalogClient _client;

    public CallTests()
    {
        var secrets = Substitute.For<ISecrets>();
        secrets[Tokens.ServiceKeySecret].Returns(TestKeys.ServiceKey);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["APP_ID"] = "orders" }).Build();
        _tokens = new ServiceTokenSource(secrets, _time, configuration);
        _client = new CatalogRpc.CatalogClient(_invoker.Intercept(new OutgoingCallInterceptor(_tokens, _time, TimeSpan.FromSeconds(10))));
    }

    [Fact]
    public async Task A_call_has_a_deadline_and_the_services_token()
    {
        await _client.GetProductAsync(new GetProductRequest(), new Metadata { { "authorization", "Bearer user" } });
        Assert.Equal(_time.GetUtcNow().UtcDateTime.AddSeconds(10), _invoker.Options.Deadline);
        Assert.Equal("Bearer user", _invoker.Options.Headers!.GetValue("authorization"));
        var token = new JsonWebToken(_invoker.Options.Headers!.GetValue(Tokens.ServiceHeader));
        Assert.Equal(("orders", Tokens.ServiceAudience), (token.Subject, token.Audiences.Single()));
    }

    [Fact]
    public async Task A_deadline_given_by_the_caller_stays()
    {
        var deadline = _time.GetUtcNow().UtcDateTime.AddSeconds(1);
        await _client.GetProductAsync(new GetProductRequest(), deadline: deadline);
        Assert.Equal(deadline, _invoker.Options.Deadline);
    }

    [Fact]
    public void A_service_token_is_renewed_long_before_it_expires()
    {
        var first = _tokens.Token;
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(first, _tokens.Token);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.NotEqual(first, _tokens.Token);
        Assert.True(new JsonWebToken(_tokens.Token).ValidTo > _time.GetUtcNow().UtcDateTime.AddMinutes(5));
    }

    private sealed class CapturingInvoker : CallInvoker
    {
        public CallOptions Options { get; private set; }

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
        {
            Options = options;
            return new AsyncUnaryCall<TResponse>(Task.FromResult(Activator.CreateInstance<TResponse>()), Task.FromResult(new Metadata()),
                () => Status.DefaultSuccess, () => [], () => { });
        }

        public override TResponse BlockingUnaryCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) => throw new NotSupportedException();

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) => throw new NotSupportedException();

        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options) => throw new NotSupportedException();

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options) => throw new NotSupportedException();
    }
}
