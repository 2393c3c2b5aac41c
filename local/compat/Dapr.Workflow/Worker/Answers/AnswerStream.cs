using System.Threading.Channels;
using Google.Protobuf.Collections;
using Grpc.Core;
using Wire = NexusCart.TaskHub;

namespace Dapr.Workflow.Worker.Answers;

/// <summary>
/// Answers on one stream, as many in a message as wait while the one before is sent. Whatever it cannot bring to its end (the stream
/// broke, the answer is large or refused) is for the caller to give by a call: the sidecar drops an answer that it has had.
/// </summary>
internal sealed class AnswerStream : IAsyncDisposable
{
    /// <summary>The header by which a sidecar that has the service offers it.</summary>
    private const string OfferHeader = "nexuscart-answers";

    /// <summary>Bytes of an answer that goes by a call: it would hold up those behind it, and may be too large for the sidecar.</summary>
    private const int Large = 32 * 1024;

    /// <summary>Bytes after which a message is full: with one more answer still within what every sidecar takes.</summary>
    private const int FullMessage = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, Pending> _open = [];
    private readonly Channel<Pending> _toSend = Channel.CreateUnbounded<Pending>(new UnboundedChannelOptions { SingleReader = true });
    private readonly AsyncDuplexStreamingCall<Wire.AnswerBatch, Wire.AnswerReceipt> _call;
    private readonly CancellationToken _ended;
    private readonly Task _sending;
    private readonly Task _receiving;
    private ulong _last;
    private bool _isClosed;

    private AnswerStream(AsyncDuplexStreamingCall<Wire.AnswerBatch, Wire.AnswerReceipt> call, CancellationToken ended)
    {
        (_call, _ended) = (call, ended);
        _sending = SendAsync();
        _receiving = ReceiveAsync();
    }

    /// <summary>Opens the stream where the sidecar offers it.</summary>
    /// <param name="offers">The headers that came with the work items.</param>
    /// <param name="invoker">The way to the sidecar.</param>
    /// <param name="ended">Ends with the worker's connection.</param>
    /// <returns>Null where it is not offered: the official runtime knows no such thing.</returns>
    internal static AnswerStream? TryOpen(Metadata offers, CallInvoker invoker, CancellationToken ended) =>
        offers.GetValue(OfferHeader) is null
            ? null
            : new AnswerStream(new Wire.TaskHubAnswers.TaskHubAnswersClient(invoker).Send(cancellationToken: ended), ended);

    /// <summary>Gives an answer.</summary>
    /// <returns>Whether the sidecar has stored what follows from it; otherwise it is to be given by a call.</returns>
    internal Task<bool> TryGiveAsync(Wire.Answer answer)
    {
        var size = answer.CalculateSize();
        if (size > Large)
            return Task.FromResult(false);

        var pending = new Pending(answer, size);
        lock (_gate)
        {
            if (_isClosed)
                return Task.FromResult(false);

            answer.Number = ++_last;
            _open.Add(answer.Number, pending);
        }

        _toSend.Writer.TryWrite(pending);
        return pending.Task;
    }

    public async ValueTask DisposeAsync()
    {
        Close();
        _call.Dispose();
        await _sending;
        await _receiving;
    }

    private async Task SendAsync()
    {
        try
        {
            while (await _toSend.Reader.WaitToReadAsync(_ended))
            {
                var batch = new Wire.AnswerBatch();
                for (var size = 0; size < FullMessage && _toSend.Reader.TryRead(out var next); size += next.Size)
                    batch.Answers.Add(next.Answer);
                await _call.RequestStream.WriteAsync(batch, _ended);
            }
        }
        catch (Exception gone) when (IsEnd(gone))
        {
            Close();
        }
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (await _call.ResponseStream.MoveNext(_ended))
            {
                Settle(_call.ResponseStream.Current.Stored, isStored: true);
                Settle(_call.ResponseStream.Current.Refused, isStored: false);
            }
        }
        catch (Exception gone) when (IsEnd(gone))
        {
            // Told below, as the end of a stream is.
        }

        Close();
    }

    private static bool IsEnd(Exception gone) => gone is RpcException or IOException or InvalidOperationException or OperationCanceledException;

    private void Settle(RepeatedField<ulong> numbers, bool isStored)
    {
        for (var i = 0; i < numbers.Count; i++)
        {
            Pending? pending;
            lock (_gate)
            {
                _open.Remove(numbers[i], out pending);
            }

            pending?.SetResult(isStored);
        }
    }

    /// <summary>Takes no more, and leaves to calls what has no outcome.</summary>
    private void Close()
    {
        Pending[] left;
        lock (_gate)
        {
            _isClosed = true;
            left = [.. _open.Values];
            _open.Clear();
        }

        _toSend.Writer.TryComplete();
        foreach (var pending in left)
            pending.SetResult(false);
    }

    // What waits for it goes on within SetResult: that is an item's last step, or the begin of a call.
    private sealed class Pending(Wire.Answer answer, int size) : TaskCompletionSource<bool>
    {
        internal Wire.Answer Answer => answer;

        internal int Size => size;
    }
}
