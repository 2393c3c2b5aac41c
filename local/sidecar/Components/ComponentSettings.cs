using System.Globalization;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Components;

/// <summary>Reads a component's settings with the spellings Dapr's components accept; errors name the component and the setting.</summary>
public static class ComponentSettings
{
    /// <summary>A setting that must be there.</summary>
    public static string Required(this ComponentSpec spec, string name) =>
        spec.Find(name) ?? throw Invalid(spec, name, "is required");

    /// <summary>A flag: true, yes, on, y, t and 1 in any case mean yes, everything else no.</summary>
    public static bool Flag(this ComponentSpec spec, string name, bool otherwise = false) =>
        spec.Find(name) is { } text ? IsTruthy(text) : otherwise;

    /// <summary>A duration as Go writes it (<c>1m30s</c>); a bare number counts seconds.</summary>
    public static TimeSpan Duration(this ComponentSpec spec, string name, TimeSpan otherwise)
    {
        if (spec.Find(name) is not { } text)
            return otherwise;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds))
            return TimeSpan.FromSeconds(seconds);
        return GoDuration.TryParse(text, out var duration)
            ? duration
            : throw Invalid(spec, name, $"is no duration: '{text}'");
    }

    /// <summary>A duration as <see cref="Duration"/> reads it, but a bare number counts milliseconds, as it does in some of Dapr's components.</summary>
    public static TimeSpan Milliseconds(this ComponentSpec spec, string name, TimeSpan otherwise) =>
        spec.Find(name) is { } text && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? TimeSpan.FromMilliseconds(number)
            : spec.Duration(name, otherwise);

    /// <summary>A whole number between <paramref name="minimum"/> and <paramref name="maximum"/>.</summary>
    public static int Number(this ComponentSpec spec, string name, int otherwise, int minimum, int maximum = int.MaxValue)
    {
        if (spec.Find(name) is not { } text)
            return otherwise;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= minimum && number <= maximum
            ? number
            : throw Invalid(spec, name, $"must be a whole number from {minimum} to {maximum}, not '{text}'");
    }

    /// <summary>What Dapr takes for yes.</summary>
    public static bool IsTruthy(string? text) =>
        text is not null && text.Trim().ToLowerInvariant() is "true" or "yes" or "on" or "y" or "t" or "1";

    internal static ArgumentException Invalid(ComponentSpec spec, string name, string complaint) =>
        new($"component {spec.Name} ({spec.Type}): metadata property '{name}' {complaint}");
}
