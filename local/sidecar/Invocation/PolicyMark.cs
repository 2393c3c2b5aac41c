namespace NexusCart.Sidecar.Invocation;

/// <summary>Marks answers that are failures in the eyes of a resiliency policy, and the last word all the same.</summary>
internal static class PolicyMark
{
    private static readonly HttpRequestOptionsKey<bool> Key = new("after-policy");

    /// <summary>Sets the mark.</summary>
    public static void MarkAfterPolicy(this HttpResponseMessage response) => response.RequestMessage?.Options.Set(Key, true);

    /// <summary>Whether the mark is set.</summary>
    public static bool IsAfterPolicy(this HttpResponseMessage response) =>
        response.RequestMessage?.Options.TryGetValue(Key, out var marked) == true && marked;
}
