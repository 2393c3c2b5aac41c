using NexusCart.Payments.Actors;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Flows;
using NexusCart.Payments.Providers;
using NexusCart.Platform.Values;

namespace NexusCart.Payments.Reconciliation;

/// <summary>
/// Compares the ledger with the providers, repairs what can be repaired by the rules, and files a report. What is left becomes
/// a task. A run looks at every payment that can still change and at the settled ones that changed since the last run; once a
/// day at all that can still be open, in between at the last two days'.
/// </summary>
public sealed partial class Reconciler(
    IPaymentBook book, PaymentCheck check, PaymentProviders providers, IPaymentDesk desk, ReconcilerOptions options, TimeProvider time,
    ILogger<Reconciler> logger) : IDisposable
{
    private const int PageSize = 100;
    private const int FindingsKept = 100;
    private static readonly TimeSpan DeepEvery = TimeSpan.FromHours(23);

    private readonly SemaphoreSlim _one = new(1);

    /// <summary>One run. Two at once would only do the same twice: within a process the second waits.</summary>
    public async Task<ReconciliationReport> RunAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            var before = await desk.ReportsAsync(cancellationToken);
            var started = time.GetUtcNow();
            var until = started - options.Grace;
            var since = before.Count > 0 ? before[0].Until : until - options.FirstWindow;
            var deep = !before.Any(report => report.Deep && report.StartedAt > started - DeepEvery);
            var run = new Run(since, until, deep);
            await CompareAsync(run, started, cancellationToken);
            await FindStraysAsync(run, cancellationToken);
            var report = new ReconciliationReport(
                Identifiers.New(time), started, time.GetUtcNow(), since, until, deep, run.Checked, run.Unreachable,
                [.. run.Findings.Take(FindingsKept)], run.Findings.Count);
            await desk.FileAsync(report, CancellationToken.None);
            LogRun(logger, report.Checked, report.FindingCount, run.Findings.Count(finding => !finding.Repaired), report.Unreachable);
            return report;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task CompareAsync(Run run, DateTimeOffset started, CancellationToken cancellationToken)
    {
        var days = run.Deep ? options.DaysOpen : 2;
        for (var shard = 0; shard < book.ShardCount; shard++)
        {
            for (var day = 0; day < days; day++)
            {
                var token = "";
                do
                {
                    var page = await book.ReadDayAsync(shard, started.AddDays(-day), token, PageSize, cancellationToken);
                    foreach (var payment in page.Entities.Where(payment => ReconciliationRules.Concerns(payment, run.Since, run.Until)))
                        await CheckAsync(run, payment, cancellationToken);
                    token = page.NextToken;
                }
                while (token.Length > 0);
            }
        }
    }

    private async Task CheckAsync(Run run, Payment payment, CancellationToken cancellationToken)
    {
        try
        {
            run.Checked++;
            if (payment.ProviderReference is { } reference)
                run.References.Add(reference);
            if (await check.RunAsync(payment, cancellationToken) is { } finding)
                run.Findings.Add(finding);
        }
        catch (Exception unknown) when (unknown is OutcomeUnknownException or KeySpentException or ProviderRefusedException)
        {
            run.Unreachable++;
            LogUnreachable(logger, payment.Id, unknown.Message);
        }
    }

    /// <summary>The other way round: payments at a provider under our ids that the books do not have, or not under that reference.</summary>
    private async Task FindStraysAsync(Run run, CancellationToken cancellationToken)
    {
        foreach (var provider in providers.All)
        {
            try
            {
                await foreach (var (paymentId, seen) in provider.ListAsync(run.Since, run.Until, cancellationToken))
                {
                    if (!run.References.Contains(seen.Reference!) && await check.StrayAsync(provider.Name, paymentId, seen, cancellationToken) is { } finding)
                        run.Findings.Add(finding);
                }
            }
            catch (OutcomeUnknownException unknown)
            {
                run.Unreachable++;
                LogUnreachable(logger, provider.Name, unknown.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Reconciled {Checked} payments: {Found} differed, {Left} still do, {Unreachable} could not be asked for")]
    private static partial void LogRun(ILogger logger, int @checked, int found, int left, int unreachable);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{What} could not be reconciled: {Why}")]
    private static partial void LogUnreachable(ILogger logger, string what, string why);

    private sealed class Run(DateTimeOffset since, DateTimeOffset until, bool deep)
    {
        public DateTimeOffset Since { get; } = since;

        public DateTimeOffset Until { get; } = until;

        public bool Deep { get; } = deep;

        public int Checked { get; set; }

        public int Unreachable { get; set; }

        public HashSet<string> References { get; } = new(StringComparer.Ordinal);

        public List<Finding> Findings { get; } = [];
    }
}
