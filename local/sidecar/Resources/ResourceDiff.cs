namespace NexusCart.Sidecar.Resources;

/// <summary>What files say now compared with what is in force.</summary>
internal static class ResourceDiff
{
    /// <summary>
    /// What is to be in force: as the files say, but of a file that cannot be read, or is empty all at once, everything stays as it
    /// was: somebody may be writing it.
    /// </summary>
    /// <param name="inForce">What is in force.</param>
    /// <param name="read">What the files say.</param>
    public static SidecarResources Keep(SidecarResources inForce, SidecarResources read)
    {
        if (read.BrokenFiles.Count == 0)
            return read;
        var broken = read.BrokenFiles.ToHashSet(StringComparer.Ordinal);
        return read with
        {
            Components =
            [
                .. read.Components.Where(component => !broken.Contains(component.File)),
                .. inForce.Components.Where(component => broken.Contains(component.File)),
            ],
            Subscriptions =
            [
                .. read.Subscriptions.Where(subscription => !broken.Contains(subscription.File)),
                .. inForce.Subscriptions.Where(subscription => broken.Contains(subscription.File)),
            ],
        };
    }

    /// <summary>Whether two manifests ask for the same; where they stand does not count.</summary>
    public static bool AreSame(ComponentManifest one, ComponentManifest other) =>
        one == other with { Source = one.Source, Items = one.Items } && one.Items.SequenceEqual(other.Items);

    /// <summary>Whether two subscriptions ask for the same; where they stand does not count.</summary>
    public static bool AreSame(SubscriptionSpec one, SubscriptionSpec other) =>
        one.PubSubName == other.PubSubName
        && one.Topic == other.Topic
        && one.DeadLetterTopic == other.DeadLetterTopic
        && one.Bulk == other.Bulk
        && one.Routes.DefaultPath == other.Routes.DefaultPath
        && one.Routes.Rules.SequenceEqual(other.Routes.Rules)
        && one.Metadata.Count == other.Metadata.Count
        && one.Metadata.All(item => other.Metadata.TryGetValue(item.Key, out var value) && value == item.Value);
}
