using NexusCart.Sidecar.Resiliency;

namespace NexusCart.Sidecar.Actors;

/// <summary>Turns under the timeout of a resiliency policy.</summary>
internal static class ActorTurnLimit
{
    /// <summary>
    /// Runs a turn. When its time is over the caller is told so, but the turn goes on until the app has answered: the next one
    /// must not run beside it. In strict mode the call is cut and the turn ends, as in daprd.
    /// </summary>
    /// <param name="policy">The timeout.</param>
    /// <param name="turn">The turn; gives itself back when it ends.</param>
    /// <param name="giveBack">Gives the turn back when it never began.</param>
    /// <param name="strict">Cut the call.</param>
    /// <param name="cancellation">Cancelled when the caller gave up.</param>
    /// <exception cref="Api.DaprApiException">The time is over, or the call failed.</exception>
    public static async ValueTask<T> RunAsync<T>(
        ResiliencyPolicy policy, Func<CancellationToken, ValueTask<T>> turn, Action giveBack, bool strict, CancellationToken cancellation)
    {
        var begun = false;
        try
        {
            return await policy.RunAsync(
                token =>
                {
                    begun = true;
                    return strict ? turn(token) : new ValueTask<T>(OrGiveUpAsync(turn(cancellation).AsTask(), token));
                },
                cancellation);
        }
        catch (TimeoutException e)
        {
            throw ActorErrors.Invoke(e.Message);
        }
        finally
        {
            if (!begun)
                giveBack();
        }
    }

    private static async Task<T> OrGiveUpAsync<T>(Task<T> turn, CancellationToken token)
    {
        try
        {
            return await turn.WaitAsync(token);
        }
        catch (OperationCanceledException) when (!turn.IsCompleted)
        {
            _ = DiscardAsync(turn);
            throw;
        }
    }

    private static async Task DiscardAsync<T>(Task<T> turn)
    {
        await ((Task)turn).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (turn.IsCompletedSuccessfully && turn.Result is IDisposable reply)
            reply.Dispose();
    }
}
