using NexusCart.Payments.Domain;
using NexusCart.Payments.Providers;

namespace NexusCart.Tests.Unit.Payments;

/// <summary>What goes wrong with one call.</summary>
public enum Mishap
{
    None,
    LostBefore,
    LostAfter,
    FailureStoredBefore,
    FailureStoredAfter,
}

/// <summary>A provider in memory with idempotency keys, mishaps on demand, and a pile of webhooks that nobody has delivered yet.</summary>
internal sealed class SimulatedProvider : IPaymentProvider
{
    private readonly Dictionary<string, Func<object>> _keys = [];
    private readonly List<Observation> _intents = [];
    private readonly Dictionary<string, string> _paymentIds = [];
    private readonly Dictionary<string, DateTimeOffset> _made = [];
    private readonly List<(string Reference, RefundObservation Seen, long Amount)> _refunds = [];

    public string Card { get; init; } = "ok";

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>True while it answers nothing.</summary>
    public bool Deaf { get; set; }

    public string Name => ProviderNames.Stripe;

    public bool IsAvailable => true;

    public TimeSpan KeyTrust => TimeSpan.FromHours(20);

    public TimeSpan HoldWindow => TimeSpan.FromDays(7);

    public Queue<Mishap> Mishaps { get; } = new();

    /// <summary>Runs once, in the middle of the next call: before or after its effect.</summary>
    public (bool After, Func<Task> Run)? Interruption { get; set; }

    public List<(string PaymentId, string EventId, PaymentCommand Command)> Webhooks { get; } = [];

    public IReadOnlyList<Observation> Intents => _intents;

    public long RefundedAt(string reference) => _refunds.Where(refund => refund.Reference == reference && refund.Seen.Accepted).Sum(refund => refund.Amount);

    public Task<Observation> AuthorizeAsync(AuthorizeCall call, CancellationToken cancellationToken) => CallAsync(call.Key, () =>
    {
        var reference = $"pi_{_intents.Count}";
        _paymentIds[reference] = call.Payment.Id;
        _made[reference] = Time.GetUtcNow();
        var intent = new Observation(
            Card switch { "declined" => ProviderStatus.Declined, "challenge" or "approval" => ProviderStatus.ActionRequired, _ => ProviderStatus.Authorized }, reference)
        {
            Amount = call.Payment.Amount,
            Currency = call.Payment.Currency,
            Decline = Card == "declined" ? new("card_declined", "Declined.") : null,
        };
        _intents.Add(intent);
        Announce(intent);
        return intent;
    });

    public Task<Observation> FinishAsync(FinishCall call, CancellationToken cancellationToken) => CallAsync(call.Key, () =>
        Intent(call.Reference) is { Status: ProviderStatus.Approved } agreed
            ? Replace(agreed with { Status = ProviderStatus.Authorized, Hold = "hold_" + call.Reference })
            : Intent(call.Reference));

    public Task<Observation> CaptureAsync(CaptureCall call, CancellationToken cancellationToken) => CallAsync(call.Key, () =>
        Intent(call.Reference) is { Status: ProviderStatus.Authorized } held
            ? Replace(held with { Status = ProviderStatus.Captured, Captured = call.Amount })
            : Intent(call.Reference));

    public Task<Observation> CancelAsync(CancelCall call, CancellationToken cancellationToken) => CallAsync(call.Key, () =>
        Intent(call.Reference) is { Status: not (ProviderStatus.Captured or ProviderStatus.Canceled) } open
            ? Replace(open with { Status = ProviderStatus.Canceled })
            : Intent(call.Reference));

    public Task<RefundObservation> RefundAsync(RefundCall call, CancellationToken cancellationToken) => CallAsync(call.Key, () =>
    {
        var fits = Intent(call.Reference).Captured - RefundedAt(call.Reference) >= call.Amount;
        var seen = new RefundObservation(call.RefundId, fits ? $"re_{_refunds.Count}" : null, fits, fits ? null : "too much") { Amount = call.Amount };
        if (fits)
        {
            _refunds.Add((call.Reference, seen, call.Amount));
            Webhooks.Add((call.PaymentId, $"evt_{Guid.NewGuid()}", new ObserveRefund(seen, $"evt_{Guid.NewGuid()}")));
        }

        return seen;
    });

    public Task<Observation> LookAsync(string reference, CancellationToken cancellationToken) =>
        Deaf ? throw new OutcomeUnknownException("Deaf.") : Task.FromResult(Intent(reference));

    public Task<string?> PaymentIdOfAsync(string reference, CancellationToken cancellationToken) =>
        Task.FromResult(_paymentIds.GetValueOrDefault(reference));

    public Task<Observation?> FindAsync(string paymentId, DateTimeOffset since, CancellationToken cancellationToken) =>
        Task.FromResult(_intents.LastOrDefault(intent => _paymentIds[intent.Reference!] == paymentId));

    public Task<IReadOnlyList<RefundObservation>> RefundsAsync(string reference, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<RefundObservation>>([.. _refunds.Where(refund => refund.Reference == reference).Select(refund => refund.Seen)]);

    public IAsyncEnumerable<(string PaymentId, Observation Seen)> ListAsync(DateTimeOffset since, DateTimeOffset until, CancellationToken cancellationToken) =>
        _intents.Where(intent => _made[intent.Reference!] >= since && _made[intent.Reference!] <= until)
            .Select(intent => (_paymentIds[intent.Reference!], intent)).ToList().ToAsyncEnumerable();

    public Task<RefundObservation?> FindRefundAsync(string reference, string refundId, CancellationToken cancellationToken) =>
        Task.FromResult(_refunds.Where(refund => refund.Reference == reference && refund.Seen.RefundId == refundId).Select(refund => refund.Seen).FirstOrDefault());

    /// <summary>The customer answers an open challenge.</summary>
    public void Challenge(bool passed)
    {
        if (_intents.FindLast(intent => intent.Status == ProviderStatus.ActionRequired) is { } waiting)
            Replace(passed ? waiting with { Status = Card == "approval" ? ProviderStatus.Approved : ProviderStatus.Authorized } : waiting with { Status = ProviderStatus.Declined, Decline = new("authentication", "Failed.") });
    }

    /// <summary>A customer who failed a challenge still has the page open and pays there with another card.</summary>
    public void TryOtherCard()
    {
        if (Card == "challenge" && _intents.FindLast(intent => intent.Status == ProviderStatus.Declined) is { } failed)
            Replace(failed with { Status = ProviderStatus.Authorized, Decline = null });
    }

    private async Task<T> CallAsync<T>(string key, Func<T> effect)
        where T : class
    {
        var mishap = Mishaps.TryDequeue(out var next) ? next : Mishap.None;
        var interruption = Interruption;
        Interruption = null;
        if (interruption is { After: false } before)
            await before.Run();
        if (mishap == Mishap.LostBefore)
            throw new OutcomeUnknownException("Lost before.");
        if (!_keys.TryGetValue(key, out var stored))
        {
            if (mishap == Mishap.FailureStoredBefore)
            {
                stored = () => throw new KeySpentException("Stored.");
            }
            else
            {
                var answer = effect();
                stored = mishap == Mishap.FailureStoredAfter ? () => throw new KeySpentException("Stored.") : () => answer;
            }

            _keys[key] = stored;
        }

        if (interruption is { After: true } after)
            await after.Run();
        if (mishap == Mishap.LostAfter)
            throw new OutcomeUnknownException("Lost after.");
        return (T)stored();
    }

    private Observation Intent(string reference) => _intents.Single(intent => intent.Reference == reference);

    private Observation Replace(Observation next)
    {
        _intents[_intents.FindIndex(intent => intent.Reference == next.Reference)] = next;
        Announce(next);
        return next;
    }

    private void Announce(Observation intent)
    {
        var id = $"evt_{Guid.NewGuid()}";
        Webhooks.Add((_paymentIds[intent.Reference!], id, new Observe(intent, id)));
    }
}
