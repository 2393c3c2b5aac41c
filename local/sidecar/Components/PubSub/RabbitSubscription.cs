using NexusCart.Sidecar.PubSub;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>One subscription: a queue and a channel of its own, opened again when it breaks.</summary>
internal sealed class RabbitSubscription(
    RabbitPubSub broker, string topic, IReadOnlyDictionary<string, string> metadata, DeliveryHandler handler, ILogger logger) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _deliveries = [];
    private Task _consuming = Task.CompletedTask;

    private RabbitSettings Settings => broker.Settings;

    private string Queue => metadata.GetValueOrDefault("queueName") is { Length: > 0 } name ? name : $"{Settings.ConsumerId}-{topic}";

    /// <summary>When it returns the queue is there and messages come.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var consumer = await ConsumeAsync(cancellation);
        _consuming = Task.Run(() => ConsumeForeverAsync(consumer), CancellationToken.None);
    }

    /// <summary>Takes no more, and ends after the deliveries under way. What was sent and not begun goes back to the queue.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        await _stopping.CancelAsync();
        await _consuming;
        _stopping.Dispose();
    }

    private async Task ConsumeForeverAsync(Consumer? consumer)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                consumer ??= await ConsumeAsync(_stopping.Token);
                await consumer.Closed.Task.WaitAsync(_stopping.Token);
                logger.LogWarning("the channel of queue {Queue} was closed; it is opened again", Queue);
                await consumer.Channel.DisposeAsync();
            }
            catch (OperationCanceledException)
            {
                break;
            }
            catch (Exception e) when (e is BrokerUnreachableException or OperationInterruptedException or AlreadyClosedException or IOException)
            {
                logger.LogWarning("queue {Queue} cannot be read: {Error}", Queue, e.Message);
            }

            consumer = null;
            await Task.Delay(Settings.ReconnectWait, _stopping.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        }

        if (consumer is not null)
            await LeaveAsync(consumer);
    }

    private async Task LeaveAsync(Consumer consumer)
    {
        try
        {
            await consumer.Channel.BasicCancelAsync(consumer.Tag);
        }
        catch (Exception e) when (e is OperationInterruptedException or AlreadyClosedException)
        {
            // Then nothing comes any more anyway.
        }

        Task[] open;
        lock (_lock)
            open = [.. _deliveries];
        await Task.WhenAll(open);
        await consumer.Channel.DisposeAsync();
    }

    private async Task<Consumer> ConsumeAsync(CancellationToken cancellation)
    {
        var channel = await broker.OpenChannelAsync(cancellation);
        try
        {
            await PrepareAsync(channel, cancellation);
            var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            channel.ChannelShutdownAsync += (_, _) =>
            {
                closed.TrySetResult();
                return Task.CompletedTask;
            };
            var consumer = new AsyncEventingBasicConsumer(channel);
            consumer.ReceivedAsync += (_, delivery) => ReceiveAsync(channel, delivery);
            // The server ends a consumer whose queue is deleted.
            consumer.UnregisteredAsync += (_, _) =>
            {
                closed.TrySetResult();
                return Task.CompletedTask;
            };
            var tag = await channel.BasicConsumeAsync(Queue, Settings.AutoAck, consumer, cancellation);
            return new Consumer(channel, tag, closed);
        }
        catch
        {
            await channel.DisposeAsync();
            throw;
        }
    }

    private async Task PrepareAsync(IChannel channel, CancellationToken cancellation)
    {
        await broker.DeclareExchangeAsync(channel, topic, cancellation);
        var arguments = Settings.QueueArguments(metadata);
        if (Settings.HasDeadLetters)
        {
            var (exchange, queue) = ("dlx-" + Queue, "dlq-" + Queue);
            await channel.ExchangeDeclareAsync(exchange, "fanout", durable: true, Settings.IsDeletedWhenUnused, cancellationToken: cancellation);
            var lazy = new Dictionary<string, object?> { ["x-queue-mode"] = "lazy" };
            await channel.QueueDeclareAsync(
                queue, durable: true, exclusive: false, Settings.IsDeletedWhenUnused, lazy, cancellationToken: cancellation);
            await channel.QueueBindAsync(queue, exchange, "", cancellationToken: cancellation);
            arguments["x-dead-letter-exchange"] = exchange;
        }

        await channel.QueueDeclareAsync(
            Queue, Settings.IsDurable, exclusive: false, Settings.IsDeletedWhenUnused, arguments, cancellationToken: cancellation);
        if (Settings.PrefetchCount > 0)
            await channel.BasicQosAsync(prefetchSize: 0, Settings.PrefetchCount, global: false, cancellation);
        foreach (var key in (metadata.GetValueOrDefault("routingKey") ?? "").Split(','))
            await channel.QueueBindAsync(Queue, topic, key, cancellationToken: cancellation);
    }

    private Task ReceiveAsync(IChannel channel, BasicDeliverEventArgs delivery)
    {
        // The body is the client's again when this returns.
        var message = new BrokerMessage(delivery.Body.ToArray(), ContentTypes.CloudEvent, new Dictionary<string, string>());
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested)
                return Task.CompletedTask;
            var handling = Task.Run(() => HandleAsync(channel, delivery.DeliveryTag, message));
            _deliveries.Add(handling);
            _ = handling.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return Settings.IsParallel ? Task.CompletedTask : handling;
        }
    }

    private void Forget(Task handling)
    {
        lock (_lock)
            _deliveries.Remove(handling);
    }

    private async Task HandleAsync(IChannel channel, ulong tag, BrokerMessage message)
    {
        var (isDone, isCut) = (false, false);
        try
        {
            await handler(new BrokerDelivery(topic, message), CancellationToken.None);
            isDone = true;
        }
        catch (OperationCanceledException)
        {
            isCut = true;
        }
        catch (Exception)
        {
            // Whoever handles messages has logged why.
        }

        if (Settings.AutoAck)
            return;
        try
        {
            if (isDone)
                await channel.BasicAckAsync(tag, multiple: false);
            else
                await channel.BasicNackAsync(tag, multiple: false, requeue: isCut || Settings.RequeuesFailures);
        }
        catch (Exception e) when (e is AlreadyClosedException or OperationInterruptedException)
        {
            logger.LogWarning("a message of queue {Queue} could not be acknowledged and comes again: {Error}", Queue, e.Message);
        }
    }

    private sealed record Consumer(IChannel Channel, string Tag, TaskCompletionSource Closed);
}
