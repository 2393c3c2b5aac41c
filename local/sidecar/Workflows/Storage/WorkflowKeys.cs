using System.Globalization;

namespace NexusCart.Sidecar.Workflows.Storage;

/// <summary>
/// The state store keys of one app's workflows. Instances keep to daprd's layout,
/// <c>{app}||dapr.internal.{namespace}.{app}.workflow||{instance}||{part}</c>, with two differences: a history key holds the events of
/// a whole turn, and the metadata key holds <see cref="InstanceRecord"/>. What must be found again at start is listed under
/// <c>{app}||dapr.internal.{namespace}.{app}.workflow.active||{instance}</c>, and what
/// is to be deleted at a time under <c>…workflow.retained||{ticks}||{instance}</c>.
/// </summary>
internal sealed class WorkflowKeys
{
    private const string MetadataPart = "||metadata";
    private const string HistoryPart = "||history-";
    private const string InboxPart = "||inbox-";
    private const string CustomStatusPart = "||customStatus";

    internal WorkflowKeys(string appId, string @namespace)
    {
        ActorType = $"dapr.internal.{(@namespace.Length == 0 ? "default" : @namespace)}.{appId}.workflow";
        InstancesPrefix = $"{appId}||{ActorType}||";
        ActivePrefix = $"{appId}||{ActorType}.active||";
        RetainedPrefix = $"{appId}||{ActorType}.retained||";
    }

    /// <summary>The actor type under which daprd runs this app's workflows.</summary>
    internal string ActorType { get; }

    internal string InstancesPrefix { get; }

    internal string ActivePrefix { get; }

    internal string RetainedPrefix { get; }

    internal string Active(string instanceId) => ActivePrefix + instanceId;

    internal string Metadata(string instanceId) => string.Concat(InstancesPrefix, instanceId, MetadataPart);

    internal string CustomStatus(string instanceId) => string.Concat(InstancesPrefix, instanceId, CustomStatusPart);

    internal string History(string instanceId, int batch) =>
        string.Create(CultureInfo.InvariantCulture, $"{InstancesPrefix}{instanceId}{HistoryPart}{batch:D6}");

    internal string InboxPrefix(string instanceId) => string.Concat(InstancesPrefix, instanceId, InboxPart);

    internal string Inbox(string instanceId, long number) =>
        string.Create(CultureInfo.InvariantCulture, $"{InstancesPrefix}{instanceId}{InboxPart}{number:D6}");

    /// <summary>The note that an ended instance is to be deleted at a time; the order of the keys is that of time.</summary>
    internal string Retained(DateTimeOffset due, string instanceId) =>
        string.Create(CultureInfo.InvariantCulture, $"{RetainedPrefix}{due.UtcTicks:D19}||{instanceId}");

    /// <summary>What such a note says.</summary>
    internal (DateTimeOffset Due, string InstanceId) ReadRetained(string key)
    {
        const int Digits = 19;
        var ticks = long.Parse(key.AsSpan(RetainedPrefix.Length, Digits), CultureInfo.InvariantCulture);
        return (new DateTimeOffset(ticks, TimeSpan.Zero), key[(RetainedPrefix.Length + Digits + 2)..]);
    }

    /// <summary>The instance whose inbox key this is; null for any other key.</summary>
    internal string? InstanceOfInbox(string key)
    {
        // An id may hold the mark itself; the last one is the key's.
        var part = key.LastIndexOf(InboxPart, StringComparison.Ordinal);
        return part > InstancesPrefix.Length && !key.AsSpan(part + InboxPart.Length).ContainsAnyExceptInRange('0', '9')
            ? key[InstancesPrefix.Length..part]
            : null;
    }

    /// <summary>The number of an inbox key.</summary>
    internal long InboxNumber(string instanceId, string key) =>
        long.Parse(key.AsSpan(InboxPrefix(instanceId).Length), CultureInfo.InvariantCulture);

    /// <summary>The instance whose metadata key this is; null for any other key.</summary>
    internal string? InstanceOfMetadata(string key) =>
        key.EndsWith(MetadataPart, StringComparison.Ordinal) ? key[InstancesPrefix.Length..^MetadataPart.Length] : null;

    /// <summary>The instance that an entry of the active list names.</summary>
    internal string InstanceOfActive(string key) => key[ActivePrefix.Length..];
}
