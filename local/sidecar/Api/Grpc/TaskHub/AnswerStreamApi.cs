using System.Threading.Channels;
using Grpc.Core;
using NexusCart.Sidecar.Workflows;
using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Api.Grpc.TaskHub;

/// <summary>
/// The service <c>TaskHubAnswers</c>: a worker's answers on one stream. What an answer means is the engine's matter, here as with the
/// calls that every worker knows.
/// </summary>
internal sealed class AnswerStreamApi(WorkflowRuntime runtime, ILogger<AnswerStreamApi> logger) : TaskHubAnswers.TaskHubAnswersBase
{
    /// <summary>The header by which a worker learns, with its work items, that the service is there.</summary>
    internal const string OfferHeader = "nexuscart-answers";

    /// <summary>The header's value: the version of the service.</summary>
    internal const string Offer = "1";

    private const int LargestReceipt = 1024;

    public override async Task Send(
        IAsyncStreamReader<AnswerBatch> requestStream, IServerStreamWriter<AnswerReceipt> responseStream, ServerCallContext context)
    {
        var engine = runtime.Engine;
        var outcomes = new Outcomes();
        var telling = TellAsync(outcomes, responseStream, context.CancellationToken);
        try
        {
            await foreach (var batch in requestStream.ReadAllAsync(context.CancellationToken))
            {
                foreach (var answer in batch.Answers)
                    _ = TakeAsync(engine, answer, outcomes);
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException && context.CancellationToken.IsCancellationRequested)
        {
            // The worker went. What it said counts; nobody is there to be told.
        }
        finally
        {
            outcomes.EndReading();
        }

        await telling;
    }

    private async Task TakeAsync(WorkflowEngine engine, Answer answer, Outcomes outcomes)
    {
        outcomes.Begin();
        var isStored = false;
        try
        {
            var taken = answer.BodyCase switch
            {
                Answer.BodyOneofCase.Activity => engine.CompleteActivityAsync(answer.Activity),
                Answer.BodyOneofCase.Turn => engine.CompleteTurnAsync(answer.Turn),
                _ => throw new RpcException(new Status(StatusCode.InvalidArgument, "An answer needs a body.")),
            };
            await taken;
            isStored = true;
        }
#pragma warning disable CA1031 // Whatever is wrong with it is told to the worker, which calls then and learns the reason.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            logger.LogDebug(failure, "An answer of a workflow worker is refused on its stream");
        }

        outcomes.End(answer.Number, isStored);
    }

    private static async Task TellAsync(Outcomes outcomes, IServerStreamWriter<AnswerReceipt> stream, CancellationToken cancellation)
    {
        try
        {
            while (await outcomes.WaitAsync(cancellation))
            {
                // A commit acknowledges many at once; they leave in one message.
                var receipt = new AnswerReceipt();
                while (receipt.Stored.Count + receipt.Refused.Count < LargestReceipt && outcomes.TryTake(out var number, out var isStored))
                    (isStored ? receipt.Stored : receipt.Refused).Add(number);
                await stream.WriteAsync(receipt, cancellation);
            }
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException or OperationCanceledException && cancellation.IsCancellationRequested)
        {
            // The worker went.
        }
    }

    /// <summary>What has become of the answers of a stream, until the worker is told.</summary>
    private sealed class Outcomes
    {
        private readonly Channel<(ulong Number, bool IsStored)> _known =
            Channel.CreateUnbounded<(ulong, bool)>(new UnboundedChannelOptions { SingleReader = true });

        // The reading itself counts as one: none are left when it has ended and all that was read has an outcome.
        private int _open = 1;

        internal void Begin() => Interlocked.Increment(ref _open);

        internal void End(ulong number, bool isStored)
        {
            _known.Writer.TryWrite((number, isStored));
            EndReading();
        }

        internal void EndReading()
        {
            if (Interlocked.Decrement(ref _open) == 0)
                _known.Writer.TryComplete();
        }

        internal ValueTask<bool> WaitAsync(CancellationToken cancellation) => _known.Reader.WaitToReadAsync(cancellation);

        internal bool TryTake(out ulong number, out bool isStored)
        {
            var isThere = _known.Reader.TryRead(out var outcome);
            (number, isStored) = outcome;
            return isThere;
        }
    }
}
