using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Components.PubSub;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Tests.Sidecar.PubSub;

/// <summary>What the settings of <c>pubsub.kafka</c> become, and which are refused.</summary>
public sealed class KafkaSettingsTests
{
    private const string Pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";

    [Fact]
    public void Defaults_are_those_of_dapr()
    {
        var settings = Read(("authType", "none"));
        Assert.Equal(("app", false, 256, true), (settings.Group, settings.StartsAtOldest, settings.Buffer, settings.RetriesFailures));
        Assert.Equal(TimeSpan.FromSeconds(5), settings.BackOff.Pause(1000, TimeSpan.FromHours(1)));
        var (producer, consumer) = (settings.ToProducer(), settings.ToConsumer());
        Assert.Equal((Acks.All, SecurityProtocol.Plaintext, 1_024_000), (producer.Acks, producer.SecurityProtocol, producer.MessageMaxBytes));
        Assert.Equal((10_000, 3_000), (consumer.SessionTimeoutMs, consumer.HeartbeatIntervalMs));
        Assert.Equal((PartitionAssignmentStrategy.Range, false), (consumer.PartitionAssignmentStrategy, consumer.EnableAutoOffsetStore));
    }

    [Fact]
    public void The_group_is_the_consumer_group_or_the_consumer_id_or_the_app()
    {
        Assert.Equal("g", Read(("authType", "none"), ("consumerGroup", "g"), ("consumerID", "c")).Group);
        Assert.Equal("c", Read(("authType", "none"), ("consumerID", "c")).Group);
    }

    [Theory]
    [InlineData("password", null, null, SecurityProtocol.SaslSsl, SaslMechanism.Plain)]
    [InlineData("password", "true", "SHA-256", SecurityProtocol.SaslPlaintext, SaslMechanism.ScramSha256)]
    [InlineData("password", "true", "SHA-512", SecurityProtocol.SaslPlaintext, SaslMechanism.ScramSha512)]
    [InlineData("certificate", null, null, SecurityProtocol.Ssl, null)]
    [InlineData("mtls", null, null, SecurityProtocol.Ssl, null)]
    [InlineData("none", null, null, SecurityProtocol.Plaintext, null)]
    public void Who_connects_is_said_by_the_type_of_authentication(
        string type, string? disableTls, string? mechanism, SecurityProtocol protocol, SaslMechanism? sasl)
    {
        var producer = Read(
            ("authType", type), ("disableTls", disableTls ?? ""), ("saslMechanism", mechanism ?? ""), ("saslUsername", "u"), ("saslPassword", "p"),
            ("caCert", Pem), ("clientCert", Pem), ("clientKey", Pem)).ToProducer();
        Assert.Equal((protocol, sasl), (producer.SecurityProtocol, producer.SaslMechanism));
        Assert.Equal(sasl is null ? null : "u", producer.SaslUsername);
        Assert.Equal(type == "mtls" ? Pem : null, producer.SslKeyPem);
        Assert.Equal(protocol is SecurityProtocol.Ssl or SecurityProtocol.SaslSsl ? Pem : null, producer.SslCaPem);
    }

    [Theory]
    [InlineData("authType", "")]
    [InlineData("authType", "kerberos")]
    [InlineData("authType", "oidc")]
    [InlineData("authType", "awsiam")]
    [InlineData("authType", "password")]
    [InlineData("authType", "mtls")]
    [InlineData("authType", "certificate")]
    [InlineData("brokers", "")]
    [InlineData("initialOffset", "latest")]
    [InlineData("compression", "rar")]
    [InlineData("compression", "1")]
    [InlineData("backOffPolicy", "linear")]
    [InlineData("backOffMultiplier", "x")]
    [InlineData("excludeHeaderMetaRegex", "(")]
    [InlineData("sessionTimeout", "soon")]
    public void Wrong_settings_are_refused_by_name(string name, string value)
    {
        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["authType"] = "none", [name] = value };
        var refusal = Assert.Throws<ArgumentException>(() => Read([.. settings.Select(setting => (setting.Key, setting.Value))]));
        Assert.Contains("pubsub (pubsub.kafka)", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Exponential_pauses_grow_to_their_limit_and_end_with_their_time()
    {
        var backOff = Read(
            ("authType", "none"), ("backOffPolicy", "exponential"), ("backOffInitialInterval", "100"), ("backOffMultiplier", "2"),
            ("backOffRandomizationFactor", "0"), ("backOffMaxInterval", "1s"), ("backOffMaxElapsedTime", "10s")).BackOff;
        Assert.Equal([100, 200, 400, 800, 1000, 1000], Enumerable.Range(0, 6).Select(retries => backOff.Pause(retries, TimeSpan.Zero)!.Value.TotalMilliseconds));
        Assert.Null(backOff.Pause(6, TimeSpan.FromSeconds(9.5)));
        Assert.Equal(TimeSpan.FromSeconds(1), backOff.Longest);
    }

    private static KafkaSettings Read(params (string Name, string Value)[] settings)
    {
        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["brokers"] = "127.0.0.1:9092" };
        foreach (var (name, value) in settings)
            metadata[name] = value;
        var cluster = new LocalCluster(Path.GetTempPath(), TimeProvider.System, NullLoggerFactory.Instance);
        var spec = new ComponentSpec { Name = "pubsub", Type = "pubsub.kafka", Metadata = metadata };
        return new KafkaSettings(new ComponentContext(spec, new SidecarOptions { AppId = "app" }, cluster));
    }
}
