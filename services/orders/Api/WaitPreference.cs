using System.Globalization;

namespace NexusCart.Orders.Api;

/// <summary>The preference <c>wait</c> of RFC 7240: "Prefer: respond-async, wait=20".</summary>
public static class WaitPreference
{
    /// <summary>The header, and gRPC metadata, it comes in.</summary>
    public const string Header = "prefer";

    /// <summary>The header that says it was heeded.</summary>
    public const string AppliedHeader = "preference-applied";

    /// <summary>The longest wait, in seconds; a longer one is cut to it.</summary>
    public const int MaxSeconds = 30;

    /// <summary>How long the caller is ready to wait, in seconds; null when he does not say, or not so that it can be read.</summary>
    /// <param name="values">The header's values.</param>
    public static int? Read(IEnumerable<string?> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        foreach (var preference in values.SelectMany(value => (value ?? string.Empty).Split(',')))
        {
            var parts = preference.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts is [var name, var text]
                && name.Equals("wait", StringComparison.OrdinalIgnoreCase)
                && int.TryParse(text.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            {
                return Math.Min(seconds, MaxSeconds);
            }
        }

        return null;
    }
}
