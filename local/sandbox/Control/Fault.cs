using System.Text.Json.Serialization;
using NexusCart.Sandbox.Intents;
using NexusCart.Sandbox.PayPal.Orders;
using NexusCart.Sandbox.Storage;

namespace NexusCart.Sandbox.Control;

/// <summary>What goes wrong.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FaultKind>))]
public enum FaultKind
{
    /// <summary>Nothing but the delays.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>An error answer before anything happens; nothing is kept under the key.</summary>
    [JsonStringEnumMemberName("refuse")]
    Refuse,

    /// <summary>A 500 without effect, kept under the key: a retry replays it.</summary>
    [JsonStringEnumMemberName("fail")]
    Fail,

    /// <summary>The effect happens, the answer is a 500 that is kept under the key.</summary>
    [JsonStringEnumMemberName("fail_after_effect")]
    FailAfterEffect,

    /// <summary>The connection breaks before anything happens.</summary>
    [JsonStringEnumMemberName("drop_before")]
    DropBefore,

    /// <summary>The connection breaks after the effect; the answer is kept under the key.</summary>
    [JsonStringEnumMemberName("drop_after")]
    DropAfter,
}

/// <summary>One thing a test wants to go wrong.</summary>
public sealed record Fault
{
    /// <summary>No fault.</summary>
    public static readonly Fault None = new();

    /// <summary>Whose requests it strikes: <c>stripe</c> or <c>paypal</c>; null for both.</summary>
    public string? Provider { get; init; }

    /// <summary>The operation it strikes: <c>payment_intents.create</c>, <c>.confirm</c>, <c>.capture</c>, <c>.cancel</c>, <c>.retrieve</c>, <c>.list</c>,
    /// <c>refunds.create</c>, …; PayPal's <c>orders.create</c>, <c>.authorize</c>, <c>.capture</c>, <c>authorizations.capture</c>, <c>.void</c>,
    /// <c>captures.refund</c>, …; <c>*</c> strikes all.</summary>
    public string Operation { get; init; } = "*";

    /// <summary>What goes wrong.</summary>
    public FaultKind Kind { get; init; }

    /// <summary>How many requests it strikes.</summary>
    public int Times { get; init; } = 1;

    /// <summary>How many matching requests pass first.</summary>
    public int Skip { get; init; }

    /// <summary>Only requests about a payment with this metadata.</summary>
    public IReadOnlyDictionary<string, string> Match { get; init; } = new Dictionary<string, string>();

    /// <summary>Wait before the execution, in milliseconds; the idempotency key is held meanwhile.</summary>
    public int DelayBeforeMs { get; init; }

    /// <summary>Wait after the execution, in milliseconds; the idempotency key is held meanwhile.</summary>
    public int DelayAfterMs { get; init; }

    /// <summary>HTTP status of a refusal.</summary>
    public int Status { get; init; } = 503;

    /// <summary>Error type of a refusal.</summary>
    public string Type { get; init; } = "api_error";

    /// <summary>Error code of a refusal.</summary>
    public string? Code { get; init; }

    /// <summary>The operation as this fault lets it run.</summary>
    internal Func<LedgerTransaction, Answer> Around(Func<LedgerTransaction, Answer> operation) => Kind switch
    {
        FaultKind.Fail => static _ => Answer.Of(ApiError.Internal()),
        FaultKind.FailAfterEffect => transaction =>
        {
            var answer = operation(transaction);
            return answer.Executed ? Answer.Of(ApiError.Internal()) : answer;
        },
        _ => operation,
    };

    /// <summary>The refusal in PayPal's shape.</summary>
    internal PayPalError PayPalRefusal() => new(Status, Code ?? (Status == 429 ? "RATE_LIMIT_REACHED" : "INTERNAL_SERVER_ERROR"), $"Fault asked for: {Status}.")
    {
        Details = Status is 400 or 422 && Code is not null ? [new(Code, $"Fault asked for: {Code}.")] : [],
    };

    internal ApiError Refusal() => new(Status, Type, $"Fault asked for: {Status}.") { Code = Code };

    internal Task BeforeAsync(TimeProvider time) => Wait(DelayBeforeMs, time);

    /// <summary>Waits; true when the connection is to be broken.</summary>
    internal async Task<bool> AfterAsync(TimeProvider time)
    {
        await Wait(DelayAfterMs, time);
        return Kind == FaultKind.DropAfter;
    }

    private static Task Wait(int milliseconds, TimeProvider time) =>
        milliseconds == 0 ? Task.CompletedTask : Task.Delay(TimeSpan.FromMilliseconds(milliseconds), time);
}
