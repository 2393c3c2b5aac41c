using System.Security.Cryptography;
using System.Text;

namespace NexusCart.Inventory.Domain;

/// <summary>What the lines of a reservation say together.</summary>
public static class Lines
{
    /// <summary>A digest of lines that does not depend on their order: 96 bits as 16 characters.</summary>
    public static string Fingerprint(IEnumerable<Units> lines)
    {
        var text = new StringBuilder();
        foreach (var line in lines.OrderBy(line => line.Sku, StringComparer.Ordinal))
            text.Append(null, $"{line.Sku}:{line.Quantity};");
        return Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())), 0, 12);
    }
}
