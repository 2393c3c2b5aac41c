using NexusCart.TaskHub;

namespace NexusCart.Sidecar.Workflows.Instances;

/// <summary>A child workflow that was called and has not ended.</summary>
/// <param name="TaskId">Its number in the parent.</param>
/// <param name="InstanceId">Its instance id.</param>
/// <param name="AppId">The app that runs it.</param>
/// <param name="Started">The executionStarted event it begins with.</param>
internal sealed record ChildCall(int TaskId, string InstanceId, string AppId, HistoryEvent Started);
