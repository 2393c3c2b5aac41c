using NexusCart.Sidecar.Json;

namespace NexusCart.Sidecar.Scheduling;

/// <summary>Which names the key of a job or reminder may be made of.</summary>
internal static class JobKeys
{
    /// <summary>Between the parts of a key.</summary>
    public const string Separator = "||";

    private const int LongestSegment = 253;

    /// <summary>
    /// What is wrong with the parts of a key; null when nothing is. Like daprd's scheduler it takes per part what a DNS name takes,
    /// and besides <c>_ : -</c> and spaces anywhere.
    /// </summary>
    public static string? FaultOf(params ReadOnlySpan<string> parts)
    {
        foreach (var part in parts)
        {
            foreach (var segment in part.Split(Separator))
            {
                if (!IsDnsName(segment))
                    return "job name is invalid " + GoText.Quote(part);
            }
        }

        return null;
    }

    private static bool IsDnsName(string segment)
    {
        var length = 0;
        var afterDot = true;
        foreach (var c in segment)
        {
            if (c is '_' or ':' or '-' or ' ')
                continue;
            length++;
            if (c == '.' ? afterDot : !char.IsAsciiLetterOrDigit(c))
                return false;
            afterDot = c == '.';
        }

        return !afterDot && length <= LongestSegment;
    }
}
