using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.PubSub;

/// <summary>Which topics of a component an app may publish and subscribe to.</summary>
internal sealed class TopicScopes
{
    private readonly HashSet<string> _allowed;
    private readonly HashSet<string> _protected;
    private readonly HashSet<string> _publishing;
    private readonly HashSet<string> _subscribing;

    public TopicScopes(ComponentSpec spec, string appId)
    {
        _allowed = Topics(spec.Find("allowedTopics"));
        _protected = Topics(spec.Find("protectedTopics"));
        _publishing = TopicsOfApp(spec.Find("publishingScopes"), appId);
        _subscribing = TopicsOfApp(spec.Find("subscriptionScopes"), appId);
    }

    public bool MayPublish(string topic) => IsAllowed(topic, _publishing);

    public bool MaySubscribe(string topic) => IsAllowed(topic, _subscribing);

    private bool IsAllowed(string topic, HashSet<string> scoped)
    {
        if (_allowed.Count > 0 && !_allowed.Contains(topic))
            return false;
        return (!_protected.Contains(topic) && scoped.Count == 0) || scoped.Contains(topic);
    }

    private static HashSet<string> Topics(string? list) =>
        list is null ? [] : [.. list.Split(',').Select(topic => topic.Trim()).Where(topic => topic.Length > 0)];

    // An app listed without topics has one empty topic, and so may use none.
    private static HashSet<string> TopicsOfApp(string? scopes, string appId) =>
    [
        .. (scopes ?? "").Split(';')
            .Select(scope => scope.Split('='))
            .Where(scope => scope.Length >= 2 && scope[0].Trim() == appId)
            .SelectMany(scope => scope[1].Split(','))
            .Select(topic => topic.Trim()),
    ];
}
