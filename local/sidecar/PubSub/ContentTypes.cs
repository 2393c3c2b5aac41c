namespace NexusCart.Sidecar.PubSub;

/// <summary>What kinds of content daprd tells apart. Types such as <c>application/problem+json</c> are none of them.</summary>
internal static class ContentTypes
{
    public const string Json = "application/json";
    public const string CloudEvent = "application/cloudevents+json";
    public const string Binary = "application/octet-stream";

    public static bool IsJson(string? contentType) => Is(contentType, Json);

    public static bool IsCloudEvent(string? contentType) => Is(contentType, CloudEvent);

    public static bool IsBinary(string? contentType) => Is(contentType, Binary);

    public static bool IsCloudEventProtobuf(string? contentType) => Is(contentType, "application/cloudevents+protobuf");

    public static bool IsText(string? contentType) =>
        contentType?.StartsWith("text/", StringComparison.OrdinalIgnoreCase) == true || Is(contentType, "application/xml");

    private static bool Is(string? contentType, string expected)
    {
        if (contentType is null)
            return false;
        var parameters = contentType.IndexOf(';', StringComparison.Ordinal);
        var type = parameters < 0 ? contentType.AsSpan() : contentType.AsSpan(0, parameters);
        return type.Equals(expected, StringComparison.OrdinalIgnoreCase);
    }
}
