using System.Globalization;

namespace NexusCart.Sidecar.Resources;

/// <summary>Sizes as Kubernetes writes them: <c>4Mi</c>, <c>64Ki</c>, <c>1M</c>, or plain bytes.</summary>
public static class ByteQuantity
{
    private static readonly (string Suffix, double Factor)[] Units =
    [
        ("Ki", 1024d), ("Mi", 1024d * 1024), ("Gi", 1024d * 1024 * 1024), ("k", 1e3), ("K", 1e3), ("M", 1e6), ("G", 1e9),
    ];

    /// <summary>Reads a size in bytes, from 1 to 2 GiB - 1.</summary>
    public static bool TryParse(string text, out int bytes)
    {
        bytes = 0;
        var unit = Units.FirstOrDefault(unit => text.EndsWith(unit.Suffix, StringComparison.Ordinal));
        var number = unit.Suffix is null ? text : text[..^unit.Suffix.Length];
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
            return false;
        value *= unit.Suffix is null ? 1 : unit.Factor;
        if (value is < 1 or > int.MaxValue)
            return false;
        bytes = (int)value;
        return true;
    }
}
