using NexusCart.Payments.Actors;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Flows;
using NexusCart.Platform.Actors;

namespace NexusCart.Tests.Unit.Payments;

/// <summary>The payments in memory, decided by the real rules.</summary>
internal sealed class MemoryBook(TimeProvider time) : IPaymentBook
{
    private readonly Lock _gate = new();

    public Dictionary<string, Payment> Payments { get; } = [];

    public List<(string PaymentId, PaymentNews News, Payment Payment)> News { get; } = [];

    public List<(string PaymentId, string Reference)> Releases { get; } = [];

    public List<string> Finishes { get; } = [];

    public List<InboxItem> Inbox { get; } = [];

    public List<PaymentRefund> FailedRefunds { get; } = [];

    public List<PaymentDispute> Disputes { get; } = [];

    public List<string> Anomalies { get; } = [];

    public int ShardCount => 1;

    public Task<ShardPage<Payment>> ReadDayAsync(int shard, DateTimeOffset day, string token, int limit, CancellationToken cancellationToken) =>
        Task.FromResult(new ShardPage<Payment>([.. Payments.Values.Where(payment => payment.CreatedAt.Date == day.Date)], ""));

    public Task<PaymentAnswer> ExecuteAsync(string paymentId, PaymentCommand command, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var before = Payments.GetValueOrDefault(paymentId);
            var decision = PaymentMachine.Decide(paymentId, before, command, time.GetUtcNow());
            if (decision.Refused is null && decision.Payment is not null)
                Payments[paymentId] = decision.Payment;
            if (decision.News is { } news)
                News.Add((paymentId, news, decision.Payment!));
            if (decision.Release is { } reference)
                Releases.Add((paymentId, reference));
            if (decision.Finish is not null)
                Finishes.Add(paymentId);
            if (decision.Inbox is { } item)
                Inbox.Add(item);
            if (decision.FailedRefund is { } failed)
                FailedRefunds.Add(failed);
            if (decision.Dispute is { } dispute)
                Disputes.Add(dispute);
            if (decision.Anomaly is { } anomaly)
                Anomalies.Add(anomaly);
            return Task.FromResult(new PaymentAnswer(decision.Payment, decision.Next, decision.Refused));
        }
    }
}
