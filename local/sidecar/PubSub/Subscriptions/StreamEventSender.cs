using System.Collections.Concurrent;
using Dapr.Client.Autogen.Grpc.v1;
using Grpc.Core;
using NexusCart.Sidecar.PubSub.Delivery;
using AppStatus = Dapr.AppCallback.Autogen.Grpc.v1.TopicEventResponse.Types.TopicEventResponseStatus;

namespace NexusCart.Sidecar.PubSub.Subscriptions;

/// <summary>Sends events into a stream that the app has opened, and pairs them with the verdicts that come back.</summary>
internal sealed class StreamEventSender(IServerStreamWriter<SubscribeTopicEventsResponseAlpha1> stream, ILogger logger) : IEventSender, IDisposable
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<AppStatus>> _waiting = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _writing = new(1);
    private readonly TaskCompletionSource _confirmed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when nothing more is sent.</summary>
    public Task Closed => _closed.Task;

    public async Task<DeliveryOutcome> SendAsync(string pubSub, string path, InboundEvent inbound, CancellationToken cancellation)
    {
        // The app is told that it is subscribed before anything else.
        await _confirmed.Task.WaitAsync(cancellation);
        var verdict = new TaskCompletionSource<AppStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        // The same event may be under way twice when the app has published it twice: the answer to the first serves both.
        var waiting = _waiting.GetOrAdd(inbound.Id, verdict);
        try
        {
            if (waiting == verdict)
                await WriteAsync(new SubscribeTopicEventsResponseAlpha1 { EventMessage = TopicEvents.Create(pubSub, path, inbound) }, cancellation);
            var ended = await Task.WhenAny(waiting.Task, _closed.Task).WaitAsync(cancellation);
            if (ended == _closed.Task)
                throw new OperationCanceledException("stream closed");
            return GrpcEventSender.Verdict(await waiting.Task, inbound.Id, logger);
        }
        finally
        {
            if (waiting == verdict)
                _waiting.TryRemove(inbound.Id, out _);
        }
    }

    public Task<IReadOnlyDictionary<string, DeliveryOutcome>> SendBulkAsync(BulkDelivery delivery, CancellationToken cancellation) =>
        throw new NotSupportedException("a stream takes one event at a time");

    /// <summary>Tells the app that it is subscribed.</summary>
    public async Task ConfirmAsync(CancellationToken cancellation)
    {
        await WriteAsync(
            new SubscribeTopicEventsResponseAlpha1 { InitialResponse = new SubscribeTopicEventsResponseInitialAlpha1() }, cancellation);
        _confirmed.TrySetResult();
    }

    /// <summary>The app's verdict on an event; one it was not sent is ignored.</summary>
    public void Processed(SubscribeTopicEventsRequestProcessedAlpha1 processed)
    {
        if (_waiting.TryGetValue(processed.Id, out var waiting))
            waiting.TrySetResult(processed.Status?.Status ?? AppStatus.Success);
    }

    /// <summary>The stream has ended: what waits for a verdict goes back to the broker.</summary>
    public void Close()
    {
        _confirmed.TrySetCanceled();
        _closed.TrySetResult();
    }

    public void Dispose() => _writing.Dispose();

    private async Task WriteAsync(SubscribeTopicEventsResponseAlpha1 message, CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation);
        try
        {
            await stream.WriteAsync(message, cancellation);
        }
        catch (Exception e) when (e is InvalidOperationException or IOException)
        {
            throw new OperationCanceledException("stream closed", e);
        }
        finally
        {
            _writing.Release();
        }
    }
}
