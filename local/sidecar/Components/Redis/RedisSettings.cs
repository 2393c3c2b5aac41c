using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using NexusCart.Sidecar.Resources;
using StackExchange.Redis;

namespace NexusCart.Sidecar.Components.Redis;

/// <summary>
/// The settings that Dapr's Redis components share: <c>redisHost</c> (with <c>redisPort</c> or <c>:port</c>), <c>redisUsername</c>,
/// <c>redisPassword</c>, <c>redisDB</c>, <c>enableTLS</c>, <c>insecureSkipTLSVerify</c>, <c>clientCert</c> and <c>clientKey</c> (PEM),
/// <c>dialTimeout</c> (5s), <c>readTimeout</c> (3s). Connections are shared by all calls, so the settings of Dapr's pool
/// (<c>poolSize</c> and its like) are accepted and mean nothing. Clusters and Sentinel are refused.
/// </summary>
internal sealed class RedisSettings
{
    private const int DefaultPort = 6379;
    private readonly ComponentSpec _spec;

    /// <exception cref="ArgumentException">A setting is missing, wrong or not supported.</exception>
    public RedisSettings(ComponentSpec spec)
    {
        _spec = spec;
        Host = HostOf(spec);
        Database = spec.Number("redisDB", otherwise: 0, minimum: 0);
        ReadTimeout = spec.Milliseconds("readTimeout", TimeSpan.FromSeconds(3));
        if (ReadTimeout <= TimeSpan.Zero)
            ReadTimeout = TimeSpan.FromSeconds(3);
        if (spec.Find("redisType") is { } type && type != "node")
            throw ComponentSettings.Invalid(spec, "redisType", $"can only be 'node' here, not '{type}'");
        if (spec.Flag("failover"))
            throw ComponentSettings.Invalid(spec, "failover", "is not supported here");
    }

    /// <summary>Host and port.</summary>
    public string Host { get; }

    /// <summary>Number of the database.</summary>
    public int Database { get; }

    /// <summary>How long an answer may take.</summary>
    public TimeSpan ReadTimeout { get; }

    /// <summary>What the client connects with.</summary>
    public ConfigurationOptions ToOptions()
    {
        var options = new ConfigurationOptions
        {
            User = _spec.Find("redisUsername"),
            Password = _spec.Find("redisPassword"),
            DefaultDatabase = Database,
            ConnectTimeout = (int)_spec.Milliseconds("dialTimeout", TimeSpan.FromSeconds(5)).TotalMilliseconds,
            AsyncTimeout = (int)ReadTimeout.TotalMilliseconds,
            SyncTimeout = (int)ReadTimeout.TotalMilliseconds,
            ReconnectRetryPolicy = new ExponentialRetry(deltaBackOffMilliseconds: 100, maxDeltaBackOffMilliseconds: 2000),
            ClientName = "nexuscart-" + _spec.Name,
            // For CLIENT UNBLOCK and CONFIG SET, which some drivers need.
            AllowAdmin = true,
            // No other client is told of changes of the topology.
            ConfigurationChannel = "",
            TieBreaker = "",
        };
        options.EndPoints.Add(Host);
        if (_spec.Flag("enableTLS"))
            AddTls(options);
        return options;
    }

    [SuppressMessage("Security", "CA5359", Justification = "Only where the component's own setting asks for it.")]
    private void AddTls(ConfigurationOptions options)
    {
        options.Ssl = true;
        if (_spec.Flag("insecureSkipTLSVerify"))
            options.CertificateValidation += static (_, _, _, _) => true;
        if (_spec.Find("clientCert") is not { } certificate || _spec.Find("clientKey") is not { } key)
            return;
        var own = X509Certificate2.CreateFromPem(certificate, key);
        options.CertificateSelection += (_, _, _, _, _) => own;
    }

    private static string HostOf(ComponentSpec spec)
    {
        var host = spec.Required("redisHost");
        if (host.Contains(',', StringComparison.Ordinal))
            throw ComponentSettings.Invalid(spec, "redisHost", "can only name one server here");
        if (host.Contains(':', StringComparison.Ordinal))
            return host;
        return $"{host}:{spec.Number("redisPort", DefaultPort, minimum: 1, maximum: ushort.MaxValue).ToString(CultureInfo.InvariantCulture)}";
    }
}
