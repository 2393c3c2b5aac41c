using System.Buffers;
using System.Globalization;
using System.Text;

namespace NexusCart.Platform.Actors;

/// <summary>
/// Makes any text usable as part of an actor state key. The SDK puts keys into URLs as they are, but into transactions
/// literally, so percent-encoding would read one key and write another; and some backends treat <c>|</c> as a divider.
/// </summary>
public static class StateKeys
{
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-:");

    /// <summary>The text itself if it is made of <c>[A-Za-z0-9._:-]</c>; else with every other byte as <c>~hh</c>. Different texts stay different.</summary>
    public static string Escape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.AsSpan().ContainsAnyExcept(Plain))
            return text;
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var value in Encoding.UTF8.GetBytes(text))
        {
            if (Plain.Contains((char)value))
                escaped.Append((char)value);
            else
                escaped.Append(CultureInfo.InvariantCulture, $"~{value:x2}");
        }

        return escaped.ToString();
    }
}
