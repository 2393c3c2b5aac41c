using System.Text.Json;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.Chaos;

/// <summary>What a good client does: the same request under the same key until it is answered.</summary>
internal static class Patience
{
    /// <summary>How long a shop may take to come back, and an order to its end.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    /// <summary>Repeats a request until it is accepted.</summary>
    /// <returns>The answer.</returns>
    public static async Task<JsonElement> AcceptedAsync(Func<Task<ShopAnswer>> request)
    {
        var answer = await AnswerAsync(request);
        Assert.True(answer.Status is 200 or 202, $"Refused: {answer}");
        return answer.Json;
    }

    /// <summary>Repeats a request until it is accepted or refused for good.</summary>
    /// <returns>The answer: neither "too many requests" nor "not now".</returns>
    public static async Task<ShopAnswer> AnswerAsync(Func<Task<ShopAnswer>> request)
    {
        using var limit = new CancellationTokenSource(Limit);
        ShopAnswer? last = null;
        try
        {
            while (true)
            {
                if (await TryAsync(request, limit.Token) is { } answer)
                {
                    last = answer;
                    if (answer.Status is not 429 and < 500)
                        return answer;
                }

                await Task.Delay(100, limit.Token);
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw new TimeoutException($"No answer within {Limit.TotalSeconds:0} s; the last one was {last}.");
        }
    }

    // Null: the gateway is away with its sidecar, or the call took too long; its outcome is unknown.
    private static async Task<ShopAnswer?> TryAsync(Func<Task<ShopAnswer>> request, CancellationToken limit)
    {
        try
        {
            return await request();
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !limit.IsCancellationRequested)
        {
            return null;
        }
    }
}
