namespace NexusCart.Sidecar.Resources;

/// <summary>Reads <c>kind: Subscription</c> in both of its versions.</summary>
internal static class SubscriptionReader
{
    private const int DefaultMaxMessages = 100;
    private const int DefaultMaxAwaitMilliseconds = 1000;

    public static SubscriptionSpec Read(YamlMap document, string version)
    {
        var spec = document.Map("spec") ?? throw new ResourceException($"{document.File}:{document.Line}: 'spec' is missing");
        return new SubscriptionSpec
        {
            File = document.File,
            PubSubName = spec.RequiredText("pubsubname"),
            Topic = spec.RequiredText("topic"),
            Routes = version == "dapr.io/v1alpha1"
                ? new SubscriptionRoutes([], spec.RequiredText("route"))
                : ReadRoutes(spec),
            Metadata = spec.TextMap("metadata"),
            DeadLetterTopic = spec.Text("deadLetterTopic") is { Length: > 0 } topic ? topic : null,
            Bulk = ReadBulk(spec.Map("bulkSubscribe")),
        };
    }

    private static SubscriptionRoutes ReadRoutes(YamlMap spec)
    {
        var routes = spec.Map("routes") ?? throw new ResourceException($"{spec.File}:{spec.Line}: 'routes' is missing");
        return new SubscriptionRoutes(
            [.. routes.Maps("rules").Select(rule => new SubscriptionRule(rule.Text("match") ?? "", rule.RequiredText("path")))],
            routes.Text("default") is { Length: > 0 } path ? path : null);
    }

    private static BulkSubscribe? ReadBulk(YamlMap? bulk) => bulk?.Flag("enabled") != true
        ? null
        : new BulkSubscribe(
            bulk.Number("maxMessagesCount") is > 0 and var count ? count : DefaultMaxMessages,
            TimeSpan.FromMilliseconds(bulk.Number("maxAwaitDurationMs") is > 0 and var wait ? wait : DefaultMaxAwaitMilliseconds));
}
