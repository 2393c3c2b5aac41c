using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using NexusCart.Sidecar.Api.Grpc;
using NexusCart.Sidecar.Hosting;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.Invocation;

/// <summary>Calls of another app's gRPC service through the sidecars.</summary>
public sealed class GrpcProxyTests : IAsyncDisposable
{
    private const string Service = "test.Echo";

    private static readonly Method<StringValue, StringValue> Unary = Define(MethodType.Unary, "Unary");
    private static readonly Method<StringValue, StringValue> ServerStream = Define(MethodType.ServerStreaming, "ServerStream");
    private static readonly Method<StringValue, StringValue> Duplex = Define(MethodType.DuplexStreaming, "Duplex");
    private static readonly global::Grpc.Core.Metadata ToCallee = new() { { "dapr-app-id", "callee" } };

    private readonly SidecarBed _bed = new();

    [Theory]
    [InlineData(AppProtocol.H2c)]
    [InlineData(AppProtocol.Grpc)]
    public async Task Unary_call_carries_metadata_and_trailers(AppProtocol protocol)
    {
        var caller = await StartAsync(protocol);

        using var call = caller.Grpc.CreateCallInvoker().AsyncUnaryCall(Unary, null, new CallOptions(new global::Grpc.Core.Metadata
        {
            { "dapr-app-id", "callee" }, { "x-mine", "m" }, { "raw-bin", new byte[] { 1, 2 } }, { "dapr-caller-app-id", "admin" },
        }), new StringValue { Value = "hello" });

        Assert.Equal("hello from caller, m, 2 bytes", (await call).Value);
        Assert.Equal("h", (await call.ResponseHeadersAsync).GetValue("x-head"));
        Assert.Equal("t", call.GetTrailers().GetValue("x-tail"));
    }

    [Fact]
    public async Task Official_invoker_reaches_the_app()
    {
        var caller = await StartAsync();
        var invoker = Dapr.Client.DaprClient.CreateInvocationInvoker("callee", caller.GrpcEndpoint);

        var answer = await invoker.AsyncUnaryCall(Unary, null, new CallOptions(deadline: DateTime.UtcNow.AddSeconds(30)), new StringValue { Value = "hi" });

        Assert.StartsWith("hi from caller", answer.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_stream_comes_message_by_message()
    {
        var caller = await StartAsync();
        using var call = caller.Grpc.CreateCallInvoker().AsyncServerStreamingCall(ServerStream, null, new CallOptions(ToCallee), new StringValue { Value = "3" });

        var got = new List<string>();
        await foreach (var message in call.ResponseStream.ReadAllAsync())
            got.Add(message.Value);

        Assert.Equal(["0", "1", "2"], got);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task Duplex_stream_answers_before_the_caller_is_done()
    {
        var caller = await StartAsync();
        using var call = caller.Grpc.CreateCallInvoker().AsyncDuplexStreamingCall(Duplex, null, new CallOptions(ToCallee));

        foreach (var word in (string[])["one", "two"])
        {
            await call.RequestStream.WriteAsync(new StringValue { Value = word });
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            Assert.Equal(word, call.ResponseStream.Current.Value);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
    }

    [Fact]
    public async Task Errors_of_the_app_arrive_with_code_text_and_trailers()
    {
        var caller = await StartAsync();

        var error = await CallFailingAsync(caller, new StringValue { Value = "fail" });

        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Equal("not now: ä", error.Status.Detail);
        Assert.Equal("r", error.Trailers.GetValue("x-reason"));
    }

    [Fact]
    public async Task Deadline_of_the_caller_ends_the_call_at_the_app()
    {
        var (entered, cancelled) = (new TaskCompletionSource(), new TaskCompletionSource());
        var caller = await StartAsync(onHang: async token =>
        {
            entered.TrySetResult();
            token.Register(() => cancelled.TrySetResult());
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
        });

        // A deadline that passes before the call has reached the app says nothing of what the app is told.
        for (var tries = 0; tries < 20 && !entered.Task.IsCompleted; tries++)
        {
            using var call = caller.Grpc.CreateCallInvoker().AsyncUnaryCall(
                Unary, null, new CallOptions(ToCallee, DateTime.UtcNow.AddMilliseconds(500)), new StringValue { Value = "hang" });
            var error = await Assert.ThrowsAsync<RpcException>(async () => await call);
            Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        }

        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Messages_over_the_limit_are_refused()
    {
        var caller = await StartAsync();

        var request = await CallFailingAsync(caller, new StringValue { Value = new string('x', (4 << 20) + 1) });
        Assert.Equal(StatusCode.ResourceExhausted, request.StatusCode);

        var answer = await CallFailingAsync(caller, new StringValue { Value = "big" });
        Assert.Equal(StatusCode.ResourceExhausted, answer.StatusCode);
    }

    [Fact]
    public async Task Dead_app_is_unavailable_and_unknown_app_is_named()
    {
        var port = FreePorts.Next();
        await _bed.StartSidecarAsync("callee", change: options => options with { AppPort = port, AppProtocol = AppProtocol.H2c }, waitForApp: false);
        var caller = await _bed.StartSidecarAsync("caller");

        Assert.Equal(StatusCode.Unavailable, (await CallFailingAsync(caller, new StringValue())).StatusCode);

        using var unknown = caller.Grpc.CreateCallInvoker().AsyncUnaryCall(
            Unary, null, new CallOptions(new global::Grpc.Core.Metadata { { "dapr-app-id", "nobody" } }), new StringValue());
        var error = await Assert.ThrowsAsync<RpcException>(async () => await unknown);
        Assert.Contains("nobody", error.Status.Detail, StringComparison.Ordinal);

        using var unnamed = caller.Grpc.CreateCallInvoker().AsyncUnaryCall(Unary, null, default, new StringValue());
        error = await Assert.ThrowsAsync<RpcException>(async () => await unnamed);
        Assert.Equal("failed to proxy request: required metadata dapr-callee-app-id or dapr-app-id not found", error.Status.Detail);
    }

    [Fact]
    public async Task Many_calls_at_once_all_arrive()
    {
        var caller = await StartAsync();
        var invoker = caller.Grpc.CreateCallInvoker();

        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(async i =>
        {
            using var call = invoker.AsyncUnaryCall(Unary, null, new CallOptions(ToCallee), new StringValue { Value = $"{i}" });
            return (await call).Value;
        }));

        Assert.Equal(300, answers.Select(answer => answer.Split(' ')[0]).Distinct().Count());
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    private static Method<StringValue, StringValue> Define(MethodType type, string name) => GrpcMethods.Create<StringValue, StringValue>(type, Service, name);

    private static async Task<RpcException> CallFailingAsync(TestSidecar caller, StringValue request)
    {
        using var call = caller.Grpc.CreateCallInvoker().AsyncUnaryCall(Unary, null, new CallOptions(ToCallee), request);
        return await Assert.ThrowsAsync<RpcException>(async () => await call);
    }

    private async Task<TestSidecar> StartAsync(AppProtocol protocol = AppProtocol.H2c, Func<CancellationToken, Task>? onHang = null)
    {
        var definition = ServerServiceDefinition.CreateBuilder()
            .AddMethod(Unary, (request, context) => AnswerAsync(request, context, onHang))
            .AddMethod(ServerStream, async (request, responses, _) =>
            {
                for (var i = 0; i < int.Parse(request.Value, null); i++)
                    await responses.WriteAsync(new StringValue { Value = $"{i}" });
            })
            .AddMethod(Duplex, async (requests, responses, _) =>
            {
                await foreach (var request in requests.ReadAllAsync())
                    await responses.WriteAsync(request);
            })
            .Build();
        var app = await _bed.StartAppAsync(
            app => app.MapGrpcService(definition), services => services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = null), protocol);
        await _bed.StartSidecarAsync("callee", app);
        return await _bed.StartSidecarAsync("caller");
    }

    private static async Task<StringValue> AnswerAsync(StringValue request, ServerCallContext context, Func<CancellationToken, Task>? onHang)
    {
        switch (request.Value)
        {
            case "fail":
                throw new RpcException(new Status(StatusCode.FailedPrecondition, "not now: ä"), new global::Grpc.Core.Metadata { { "x-reason", "r" } });
            case "hang":
                await onHang!(context.CancellationToken);
                break;
            case "big":
                return new StringValue { Value = new string('y', (4 << 20) + 1) };
        }

        await context.WriteResponseHeadersAsync(new global::Grpc.Core.Metadata { { "x-head", "h" } });
        context.ResponseTrailers.Add("x-tail", "t");
        var callers = string.Join('+', context.RequestHeaders.GetAll("dapr-caller-app-id").Select(entry => entry.Value));
        return new StringValue
        {
            Value = $"{request.Value} from {callers}, {context.RequestHeaders.GetValue("x-mine")}, {context.RequestHeaders.GetValueBytes("raw-bin")?.Length} bytes",
        };
    }
}
