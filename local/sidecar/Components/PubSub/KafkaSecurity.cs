using System.Security.Cryptography;
using Confluent.Kafka;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>
/// Who connects to the brokers, and how: <c>authType</c> none, password (<c>saslUsername</c>, <c>saslPassword</c>, <c>saslMechanism</c>
/// SHA-256, SHA-512 or plain), certificate (<c>caCert</c>) or mtls (<c>clientCert</c>, <c>clientKey</c>). All but none speak TLS unless
/// <c>disableTls</c> is set; <c>skipVerify</c> believes any server.
/// </summary>
internal static class KafkaSecurity
{
    /// <summary>Sets what a client connects with.</summary>
    /// <exception cref="ArgumentException">A setting is missing, wrong or not served here.</exception>
    public static void Apply(ComponentSpec spec, ClientConfig client)
    {
        var auth = AuthTypeOf(spec);
        var hasTls = auth != "none" && !spec.Flag("disableTls");
        client.SecurityProtocol = (auth == "password", hasTls) switch
        {
            (true, true) => SecurityProtocol.SaslSsl,
            (true, false) => SecurityProtocol.SaslPlaintext,
            (false, true) => SecurityProtocol.Ssl,
            _ => SecurityProtocol.Plaintext,
        };
        if (auth == "password")
            AddPassword(spec, client);
        if (auth == "certificate")
            spec.Required("caCert");
        if (auth == "mtls" && !hasTls)
            throw ComponentSettings.Invalid(spec, "disableTls", "must not be set with the authType mtls");
        if (!hasTls)
            return;
        client.EnableSslCertificateVerification = !spec.Flag("skipVerify");
        client.SslCaPem = Pem(spec, "caCert");
        if (auth == "mtls")
            (client.SslCertificatePem, client.SslKeyPem) = (RequiredPem(spec, "clientCert"), RequiredPem(spec, "clientKey"));
    }

    private static void AddPassword(ComponentSpec spec, ClientConfig client)
    {
        client.SaslUsername = spec.Required("saslUsername");
        client.SaslPassword = spec.Required("saslPassword");
        client.SaslMechanism = spec.Find("saslMechanism") switch
        {
            "SHA-256" => SaslMechanism.ScramSha256,
            "SHA-512" => SaslMechanism.ScramSha512,
            _ => SaslMechanism.Plain,
        };
    }

    private static string AuthTypeOf(ComponentSpec spec)
    {
        // Before there were types, a flag said whether there is any authentication.
        var auth = spec.Find("authType")?.ToLowerInvariant() ?? spec.Find("authRequired") switch
        {
            null => throw ComponentSettings.Invalid(spec, "authType", "is required"),
            _ when !spec.Flag("authRequired") => "none",
            _ => spec.Find("saslPassword") is null ? "mtls" : "password",
        };
        return auth switch
        {
            "none" or "password" or "certificate" or "mtls" => auth,
            "oidc" or "oidc_private_key_jwt" or "awsiam" => throw ComponentSettings.Invalid(spec, "authType", $"'{auth}' is not supported here"),
            _ => throw ComponentSettings.Invalid(spec, "authType", $"is none that there is: '{auth}'"),
        };
    }

    private static string RequiredPem(ComponentSpec spec, string name)
    {
        spec.Required(name);
        return Pem(spec, name)!;
    }

    private static string? Pem(ComponentSpec spec, string name) =>
        spec.Find(name) is not { } text || PemEncoding.TryFind(text, out _)
            ? spec.Find(name)
            : throw ComponentSettings.Invalid(spec, name, "is not PEM");
}
