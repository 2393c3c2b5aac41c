using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace NexusCart.Platform.Actors;

/// <summary>One call that carries a batch of requests to one actor and brings one answer each, in the same order.</summary>
public delegate Task<IReadOnlyList<TResult>> ActorBatchCall<in TRequest, TResult>(
    string actorId, IReadOnlyList<TRequest> batch, CancellationToken cancellationToken);

/// <summary>
/// Caller-side batching for actors that many requests compete for. While one call to an actor is in flight, requests
/// for the same actor queue up and leave together as the next call, so one turn and one state transaction serve many
/// callers; an idle actor is called at once. Calls to different actors run in parallel.
/// </summary>
/// <remarks>
/// Failures are <see cref="RpcException"/>s that a gRPC service can let pass:
/// <list type="bullet">
/// <item><c>ResourceExhausted</c>: too many requests wait for this actor; nothing was sent.</item>
/// <item><c>Unavailable</c>: the call failed or timed out, the outcome is unknown. Repeat with the same idempotent id.</item>
/// </list>
/// A caller that gives up does not disturb the others: if its request has not left yet, it will not leave; if it has,
/// its effect stands and only its answer is lost.
/// </remarks>
public sealed class ActorBatcher<TRequest, TResult>
{
    private readonly ActorBatchCall<TRequest, TResult> _call;
    private readonly Func<TRequest, long> _weigh;
    private readonly ActorBatcherOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, Lane> _lanes = new(StringComparer.Ordinal);

    /// <param name="call">Sends one batch to one actor.</param>
    /// <param name="options">Bounds; the defaults when null.</param>
    /// <param name="time">Clock of the call deadline; the system's when null.</param>
    /// <param name="weigh">Weight of a request for <see cref="ActorBatcherOptions.MaxBatchWeight"/>; 1 each when null.</param>
    /// <param name="logger">Where failed calls are logged.</param>
    public ActorBatcher(
        ActorBatchCall<TRequest, TResult> call,
        ActorBatcherOptions? options = null,
        TimeProvider? time = null,
        Func<TRequest, long>? weigh = null,
        ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(call);
        _call = call;
        _options = options ?? new ActorBatcherOptions();
        _time = time ?? TimeProvider.System;
        _logger = logger ?? NullLogger.Instance;
        _weigh = weigh ?? (static _ => 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.MaxBatchSize, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.MaxQueued, 1, nameof(options));
    }

    /// <summary>Sends <paramref name="request"/> to <paramref name="actorId"/>, alone or with others, and returns its own answer.</summary>
    /// <exception cref="RpcException">See the remarks of the class.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up waiting.</exception>
    public Task<TResult> SendAsync(string actorId, TRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(actorId);
        cancellationToken.ThrowIfCancellationRequested();
        var waiter = new Waiter(request, _weigh(request), cancellationToken);
        while (!_lanes.GetOrAdd(actorId, static (id, owner) => new Lane(id, owner), this).TryEnqueue(waiter))
        {
            // The lane retired between look-up and use; the next look-up makes a fresh one.
        }

        return waiter.Answer.Task.WaitAsync(cancellationToken);
    }

    private sealed class Waiter(TRequest request, long weight, CancellationToken cancelled)
    {
        public TRequest Request { get; } = request;

        public long Weight { get; } = weight;

        public bool GaveUp => cancelled.IsCancellationRequested;

        public TaskCompletionSource<TResult> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>The queue of one actor. It lives as long as something waits or flies, so memory follows load.</summary>
    private sealed class Lane(string actorId, ActorBatcher<TRequest, TResult> owner) : IThreadPoolWorkItem
    {
        private readonly Queue<Waiter> _queue = new();
        private bool _running;
        private bool _retired;

        public bool TryEnqueue(Waiter waiter)
        {
            lock (_queue)
            {
                if (_retired)
                    return false;
                if (_queue.Count >= owner._options.MaxQueued)
                {
                    throw new RpcException(new Status(
                        StatusCode.ResourceExhausted, $"Too many requests wait for actor {actorId}; try again later."));
                }

                _queue.Enqueue(waiter);
                if (_running)
                    return true;
                _running = true;
            }

            // On a pool thread without the caller's context: the batch belongs to all its callers, not to the first.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
            return true;
        }

        void IThreadPoolWorkItem.Execute() => _ = RunAsync();

        private async Task RunAsync()
        {
            while (TakeBatch() is { } batch)
                await SendAsync(batch);
        }

        private List<Waiter>? TakeBatch()
        {
            lock (_queue)
            {
                var batch = new List<Waiter>(Math.Min(_queue.Count, owner._options.MaxBatchSize));
                long weight = 0;
                while (batch.Count < owner._options.MaxBatchSize && _queue.TryPeek(out var next))
                {
                    if (next.GaveUp)
                    {
                        _queue.Dequeue();
                        continue;
                    }

                    weight += next.Weight;
                    if (batch.Count > 0 && weight > owner._options.MaxBatchWeight)
                        break;
                    batch.Add(_queue.Dequeue());
                }

                if (batch.Count > 0)
                    return batch;
                _retired = true;
            }

            owner._lanes.TryRemove(KeyValuePair.Create(actorId, this));
            return null;
        }

        private async Task SendAsync(List<Waiter> batch)
        {
            try
            {
                using var deadline = new CancellationTokenSource(owner._options.CallTimeout, owner._time);
                var requests = batch.ConvertAll(static waiter => waiter.Request);
                // WaitAsync too: the deadline must hold even when the call does not heed its token.
                var answers = await owner._call(actorId, requests, deadline.Token).WaitAsync(deadline.Token);
                if (answers.Count != batch.Count)
                    throw new InvalidOperationException($"Actor {actorId} gave {answers.Count} answers to {batch.Count} requests.");
                for (var i = 0; i < batch.Count; i++)
                    batch[i].Answer.TrySetResult(answers[i]);
            }
            catch (Exception failure)
            {
                // Whatever went wrong, the actor may have done the work: every caller is told 'unknown'.
                owner._logger.LogWarning(failure, "A call with {Count} requests to actor {ActorId} failed", batch.Count, actorId);
                var reason = failure is OperationCanceledException ? "did not answer in time" : "could not be reached";
                foreach (var waiter in batch)
                {
                    waiter.Answer.TrySetException(new RpcException(
                        new Status(StatusCode.Unavailable, $"Actor {actorId} {reason}; the outcome is unknown.", failure)));
                }
            }
        }
    }
}
