using Dapr.AppCallback.Autogen.Grpc.v1;
using Dapr.Client.Autogen.Grpc.v1;
using Grpc.Core;
using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.PubSub;

/// <summary>A streaming subscription as an app opens it.</summary>
internal sealed class EventStream : IAsyncDisposable
{
    private readonly AsyncDuplexStreamingCall<SubscribeTopicEventsRequestAlpha1, SubscribeTopicEventsResponseAlpha1> _call;

    private EventStream(AsyncDuplexStreamingCall<SubscribeTopicEventsRequestAlpha1, SubscribeTopicEventsResponseAlpha1> call) => _call = call;

    public static async Task<EventStream> OpenAsync(TestSidecar sidecar, string topic)
    {
        var client = new Dapr.Client.Autogen.Grpc.v1.Dapr.DaprClient(sidecar.Grpc);
        var stream = new EventStream(client.SubscribeTopicEventsAlpha1());
        await stream._call.RequestStream.WriteAsync(new SubscribeTopicEventsRequestAlpha1
        {
            InitialRequest = new SubscribeTopicEventsRequestInitialAlpha1 { PubsubName = "pubsub", Topic = topic },
        });
        Assert.NotNull((await stream.ReadAsync()).InitialResponse);
        return stream;
    }

    public async Task<TopicEventRequest> NextAsync() => (await ReadAsync()).EventMessage;

    public async ValueTask DisposeAsync()
    {
        await _call.RequestStream.CompleteAsync();
        _call.Dispose();
    }

    private async Task<SubscribeTopicEventsResponseAlpha1> ReadAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        Assert.True(await _call.ResponseStream.MoveNext(limit.Token));
        return _call.ResponseStream.Current;
    }
}
