using System.Buffers;

namespace NexusCart.Sidecar.Invocation;

/// <summary>Builds request addresses whose path goes on the wire exactly as given.</summary>
internal static class AppUri
{
    private static readonly SearchValues<char> Safe = SearchValues.Create(
        "!\"$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    /// <summary>
    /// Base address and path with query. An escaped path keeps its escapes: .NET would otherwise decode what it thinks needs none,
    /// and an encoded slash or percent sign would change its meaning on the way.
    /// </summary>
    public static Uri Combine(string baseAddress, string pathAndQuery)
    {
        var path = pathAndQuery.StartsWith('/') ? pathAndQuery : "/" + pathAndQuery;
        return path.AsSpan().ContainsAnyExcept(Safe)
            ? new Uri(baseAddress + path)
            : new Uri(baseAddress + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
    }
}
