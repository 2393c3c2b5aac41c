using System.Security.Cryptography;

namespace NexusCart.Sandbox.Intents;

/// <summary>Ids in the provider's form: a prefix and 24 random letters and digits.</summary>
public static class Ids
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>A fresh id such as <c>pi_3Q…</c>.</summary>
    public static string New(string prefix) => $"{prefix}_{RandomNumberGenerator.GetString(Alphabet, 24)}";
}
