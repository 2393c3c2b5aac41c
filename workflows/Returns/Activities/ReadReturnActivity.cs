using Dapr.Workflow;

namespace NexusCart.Workflows.Returns.Activities;

/// <summary>Looks at a return in its order's record. Has no effect, so it has no undo.</summary>
public sealed class ReadReturnActivity(IAfterSalesJournal journal) : WorkflowActivity<ReturnInput, ReturnView>
{
    private static readonly ReturnView Gone = new(ReturnStanding.Ended, null, []);

    /// <inheritdoc/>
    public override async Task<ReturnView> RunAsync(WorkflowActivityContext context, ReturnInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return await journal.ReadReturnAsync(input.OrderId, input.ReturnId) ?? Gone;
    }
}
