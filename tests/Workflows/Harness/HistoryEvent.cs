namespace NexusCart.Tests.Workflows.Harness;

/// <summary>What happened to a workflow, in order; replaying it must lead to the same decisions.</summary>
internal abstract record HistoryEvent(DateTime At);

internal sealed record ActivityCompleted(DateTime At, int ActionId, string ResultJson) : HistoryEvent(At);

internal sealed record ActivityFailed(DateTime At, int ActionId, string ErrorType, string ErrorMessage) : HistoryEvent(At);

internal sealed record TimerFired(DateTime At, int ActionId) : HistoryEvent(At);

internal sealed record EventRaised(DateTime At, string Name, string PayloadJson) : HistoryEvent(At);

/// <summary>A decision of the workflow. Its id is its place in the order of decisions.</summary>
internal abstract record Decision(int Id);

internal sealed record ScheduleActivity(int Id, string Name, string InputJson) : Decision(Id);

internal sealed record CreateTimer(int Id, DateTime FireAt) : Decision(Id);
