using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using NexusCart.Payments.Domain;
using NexusCart.Payments.V1;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Security;

namespace NexusCart.Payments.Api;

/// <summary>What staff reads and does: ledgers, tasks, reconciliations.</summary>
public sealed partial class PaymentsService
{
    private const int MostTasks = 100;

    /// <inheritdoc/>
    [Authorize(Policies.PaymentsRead)]
    public override async Task<PaymentLedger> GetLedger(GetLedgerRequest request, ServerCallContext context)
    {
        PaymentRequests.Check(request);
        var answer = await flows.GetAsync(request.PaymentId, refresh: false, context.CancellationToken);
        return answer.Payment is { } payment ? StaffMapping.ToLedger(payment) : throw Refusal.NotFound("payment", request.PaymentId);
    }

    /// <inheritdoc/>
    [Authorize(Policies.PaymentsRead)]
    public override async Task<ListTasksResponse> ListTasks(ListTasksRequest request, ServerCallContext context)
    {
        var limit = request.PageSize == 0 ? MostTasks : request.PageSize;
        if (limit is < 1 or > MostTasks)
            throw Refusal.Invalid("pageSize", $"must be 1 to {MostTasks}, or 0 for {MostTasks}");
        var page = await desk.ListAsync(new TaskQuery(request.Resolved, request.PageToken, limit), context.CancellationToken);
        var answer = new ListTasksResponse { NextPageToken = page.NextToken };
        answer.Tasks.AddRange(page.Tasks.Select(StaffMapping.ToMessage));
        return answer;
    }

    /// <inheritdoc/>
    [Authorize(Policies.PaymentsWrite)]
    public override async Task<V1.PaymentTask> ResolveTask(ResolveTaskRequest request, ServerCallContext context)
    {
        PaymentRequests.Check(request);
        var resolved = await desk.ResolveAsync(new TaskResolution(request.TaskId, context.CustomerId(), request.Note), context.CancellationToken);
        return resolved is null ? throw Refusal.NotFound("task", request.TaskId) : StaffMapping.ToMessage(resolved);
    }

    /// <inheritdoc/>
    [Authorize(Policies.PaymentsRead)]
    public override async Task<ListReconciliationsResponse> ListReconciliations(ListReconciliationsRequest request, ServerCallContext context)
    {
        var answer = new ListReconciliationsResponse();
        answer.Reports.AddRange((await desk.ReportsAsync(context.CancellationToken)).Select(StaffMapping.ToMessage));
        return answer;
    }

    /// <inheritdoc/>
    [Authorize(Policies.PaymentsWrite)]
    public override async Task<V1.ReconciliationReport> Reconcile(ReconcileRequest request, ServerCallContext context) =>
        StaffMapping.ToMessage(await reconciler.RunAsync(context.CancellationToken));
}
