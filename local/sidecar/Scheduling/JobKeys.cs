using System.Buffers;
using NexusCart.Sidecar.Json;

namespace NexusCart.Sidecar.Scheduling;

/// <summary>Which names the key of a job or reminder may be made of.</summary>
internal static class JobKeys
{
    /// <summary>Between the parts of a key.</summary>
    public const string Separator = "||";

    private static readonly SearchValues<char> Refused = SearchValues.Create(@"/\#?");

    /// <summary>
    /// What is wrong with a key, in the words of daprd's scheduler; null when nothing is. It takes any text of any length without
    /// the characters that mean something in a path.
    /// </summary>
    public static string? FaultOf(params ReadOnlySpan<string> parts)
    {
        foreach (var part in parts)
        {
            if (part.Length == 0 || part.AsSpan().ContainsAny(Refused))
                return $"job name is invalid {GoText.Quote(string.Join(Separator, parts))}: must not contain '/', '\\', '#' or '?'";
        }

        return null;
    }
}
