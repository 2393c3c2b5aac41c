using Grpc.Core;
using NexusCart.Inventory.Actors;
using NexusCart.Inventory.Domain;
using NexusCart.Platform.Errors;

namespace NexusCart.Inventory.Api;

/// <summary>What became of a reservation over all partitions.</summary>
/// <param name="Reserved">Every line is held.</param>
/// <param name="ExpiresAt">Until when, if it is.</param>
/// <param name="Missing">What is missing, if it is not.</param>
/// <param name="Lines">Which warehouse gives what, if it is.</param>
public sealed record ReservationResult(
    bool Reserved, DateTimeOffset? ExpiresAt, IReadOnlyList<MissingUnits> Missing, IReadOnlyList<HeldLine> Lines);

/// <summary>
/// Carries a reservation's verbs to every partition that has a line of it, and to its home partition, which knows it
/// whatever its lines are. All or none: what one partition refuses is undone on the others. Once begun, a verb is
/// carried through even when the caller has gone. An unknown outcome is answered as Unavailable; repeating the call
/// converges.
/// </summary>
public sealed class ReservationCoordinator(StockPartitions partitions, TimeProvider time, ILogger<ReservationCoordinator> logger)
{
    /// <summary>Holds all lines until <paramref name="ttl"/> has passed, or none; the plan counts only for the first such call.</summary>
    /// <exception cref="RpcException">FailedPrecondition: other lines, or closed before. Unavailable: unknown.</exception>
    public Task<ReservationResult> ReserveAsync(
        string id, IReadOnlyList<Units> lines, TimeSpan ttl, AllocationPlan plan, CancellationToken cancellationToken) =>
        ReserveAsync(id, lines, ttl, plan, from: null, cancellationToken);

    /// <summary>The same out of the open reservation <paramref name="from"/>, whose units go back to it; out of free stock when null.</summary>
    /// <exception cref="RpcException">FailedPrecondition: other lines, or closed before. Unavailable: unknown.</exception>
    public Task<ReservationResult> ReserveAsync(
        string id, IReadOnlyList<Units> lines, TimeSpan ttl, AllocationPlan plan, string? from, CancellationToken cancellationToken) =>
        HoldAsync(id, lines, ttl, plan, from).WaitAsync(cancellationToken);

    /// <summary>Gives the units back; false when the reservation is committed.</summary>
    /// <exception cref="RpcException">FailedPrecondition: other lines. Unavailable: unknown.</exception>
    public Task<bool> ReleaseAsync(string id, IReadOnlyList<Units> lines, CancellationToken cancellationToken) =>
        ReleaseAsync(id, lines).WaitAsync(cancellationToken);

    /// <summary>Sells the held units; answers which warehouse gives what.</summary>
    /// <exception cref="RpcException">FailedPrecondition: not held any more, or other lines. Unavailable: unknown.</exception>
    public Task<IReadOnlyList<HeldLine>> CommitAsync(string id, IReadOnlyList<Units> lines, CancellationToken cancellationToken) =>
        CommitAsync(id, lines).WaitAsync(cancellationToken);

    /// <summary>Takes sold units back; also calls off a commit that is still on its way.</summary>
    /// <exception cref="RpcException">FailedPrecondition: other lines. Unavailable: unknown.</exception>
    public Task RestockAsync(string id, IReadOnlyList<Units> lines, CancellationToken cancellationToken) =>
        RestockAsync(id, lines).WaitAsync(cancellationToken);

    private async Task<ReservationResult> HoldAsync(string id, IReadOnlyList<Units> lines, TimeSpan ttl, AllocationPlan plan, string? from)
    {
        var fingerprint = Lines.Fingerprint(lines);
        var attempt = Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
        var expiresAt = time.GetUtcNow() + ttl;
        var byPartition = Split(id, lines);
        var outcomes = await SendAsync(
            byPartition.Keys, partition => new HoldUnits(id, byPartition[partition], fingerprint, attempt, expiresAt, plan, from));

        if (outcomes.All(outcome => outcome.Verdict is Verdict.Done))
            return new ReservationResult(true, outcomes.Min(outcome => outcome.Reply!.ExpiresAt), [], Held(outcomes));

        // For want of stock every hold goes. After a failure the caller will repeat, and with other lines there is an
        // older reservation: then only what this very call has made goes, since the rest may have been promised.
        var differs = outcomes.Any(outcome => outcome.Verdict is Verdict.OtherLines);
        var refused = !differs && outcomes.Any(outcome => outcome.Verdict is Verdict.OutOfStock or Verdict.Closed);
        var undone = await UndoAsync(id, outcomes, _ => new WithdrawHold(id, refused ? null : attempt));
        if (differs)
            throw OtherLines(id);
        if (outcomes.Any(outcome => outcome.Verdict is Verdict.Closed))
            throw Closed(id);
        return refused && undone
            ? new ReservationResult(false, null, [.. outcomes.SelectMany(outcome => outcome.Reply?.Missing ?? [])], [])
            : throw Unknown(outcomes);
    }

    private async Task<bool> ReleaseAsync(string id, IReadOnlyList<Units> lines)
    {
        var outcomes = await CloseAsync(id, lines, Closing.Release);
        ThrowUnlessKnown(id, outcomes);
        return outcomes.All(outcome => outcome.Verdict is Verdict.Done);
    }

    private async Task<IReadOnlyList<HeldLine>> CommitAsync(string id, IReadOnlyList<Units> lines)
    {
        var outcomes = await CloseAsync(id, lines, Closing.Commit);
        ThrowUnlessKnown(id, outcomes);
        if (outcomes.All(outcome => outcome.Verdict is Verdict.Done))
            return Held(outcomes);

        // It expired on one partition just before it was sold on another. But where a partition has forgotten it, the
        // commit may be a repetition from long ago: nothing is taken back then.
        if (outcomes.All(outcome => outcome.Verdict is Verdict.Done or Verdict.Closed))
        {
            var fingerprint = Lines.Fingerprint(lines);
            if (!await UndoAsync(id, outcomes, _ => new CloseReservation(id, fingerprint, Closing.Restock)))
                throw Refusal.Unavailable($"The partial commit of reservation {id} could not be undone yet.");
        }

        throw outcomes.Any(outcome => outcome.Verdict is Verdict.Closed)
            ? Closed(id)
            : Refusal.Precondition("reservation_unknown", $"There is no reservation {id}, or it was forgotten.");
    }

    private async Task RestockAsync(string id, IReadOnlyList<Units> lines) =>
        ThrowUnlessKnown(id, await CloseAsync(id, lines, Closing.Restock));

    private Task<Outcome[]> CloseAsync(string id, IReadOnlyList<Units> lines, Closing how)
    {
        var command = new CloseReservation(id, Lines.Fingerprint(lines), how);
        return SendAsync(Split(id, lines).Keys, _ => command);
    }

    /// <summary>Undoes on the partitions that did, or may have done, their part; false when that is not certain.</summary>
    private async Task<bool> UndoAsync(string id, Outcome[] outcomes, Func<int, PartitionCommand> command)
    {
        var touched = outcomes.Where(outcome => outcome.Reply is null || outcome.Verdict is Verdict.Done).Select(outcome => outcome.Partition);
        var undone = await SendAsync(touched, command);
        var failed = undone.FirstOrDefault(outcome => outcome.Reply is null);
        if (failed is null)
            return true;
        logger.LogWarning(failed.Failure, "Partition {Partition} did not confirm the undo of reservation {ReservationId}", failed.Partition, id);
        return false;
    }

    private async Task<Outcome[]> SendAsync(IEnumerable<int> targets, Func<int, PartitionCommand> command) =>
        await Task.WhenAll(targets.Select(async partition =>
        {
            try
            {
                return new Outcome(partition, await partitions.SendAsync(partition, command(partition)), null);
            }
            catch (RpcException failure)
            {
                return new Outcome(partition, null, failure);
            }
        }));

    /// <summary>The lines by partition; the home partition is always among them.</summary>
    private Dictionary<int, List<Units>> Split(string id, IReadOnlyList<Units> lines)
    {
        var byPartition = lines.GroupBy(line => partitions.Of(line.Sku)).ToDictionary(group => group.Key, group => group.ToList());
        byPartition.TryAdd(partitions.Of(id), []);
        return byPartition;
    }

    private static IReadOnlyList<HeldLine> Held(Outcome[] outcomes) => [.. outcomes.SelectMany(outcome => outcome.Reply!.Lines ?? [])];

    private static void ThrowUnlessKnown(string id, Outcome[] outcomes)
    {
        if (outcomes.Any(outcome => outcome.Verdict is Verdict.OtherLines))
            throw OtherLines(id);
        if (outcomes.Any(outcome => outcome.Reply is null))
            throw Unknown(outcomes);
    }

    private static RpcException OtherLines(string id) =>
        Refusal.Precondition("reservation_differs", $"Reservation {id} is known with other lines.");

    private static RpcException Closed(string id) =>
        Refusal.Precondition("reservation_closed", $"Reservation {id} has expired or was released.");

    /// <summary>Overload is told as such; everything else that failed is unknown.</summary>
    private static RpcException Unknown(Outcome[] outcomes)
    {
        var failures = outcomes.Where(outcome => outcome.Failure is not null).Select(outcome => outcome.Failure!).ToList();
        return failures.Count > 0 && failures.TrueForAll(failure => failure.StatusCode is StatusCode.ResourceExhausted)
            ? failures[0]
            : Refusal.Unavailable("A stock partition did not answer; the outcome is unknown. Repeat the call.");
    }

    private sealed record Outcome(int Partition, PartitionReply? Reply, RpcException? Failure)
    {
        public Verdict? Verdict => Reply?.Verdict;
    }
}
