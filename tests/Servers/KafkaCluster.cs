using System.Runtime.InteropServices;
using System.Text;

namespace NexusCart.Tests.Servers;

/// <summary>
/// A Kafka cluster of one broker, played by the native client's own mock in this process: produce, fetch, consumer groups and offsets over
/// the real protocol, everything in memory. Topics come by themselves, with four partitions.
/// </summary>
public sealed class KafkaCluster : IAsyncDisposable
{
    private const int Producer = 0;
    private const int Broker = 1;
    private readonly nint _client;
    private readonly nint _cluster;

    // As the managed client does: which of them fits depends on the system's libraries.
    static KafkaCluster() => NativeLibrary.SetDllImportResolver(typeof(KafkaCluster).Assembly, (name, assembly, paths) =>
        name != Native.Library
            ? 0
            : ((string[])["librdkafka", "alpine-librdkafka", "centos8-librdkafka"])
                .Select(build => NativeLibrary.TryLoad(build, assembly, paths, out var library) ? library : 0)
                .FirstOrDefault(library => library != 0));

    public KafkaCluster()
    {
        var complaint = new byte[512];
        var settings = Native.rd_kafka_conf_new();
        // It warns that it has no brokers to talk to; it is only there to hold the cluster.
        _ = Native.rd_kafka_conf_set(settings, "log_level", "0", complaint, complaint.Length);
        _client = Native.rd_kafka_new(Producer, settings, complaint, complaint.Length);
        if (_client == 0)
            throw new InvalidOperationException($"The client does not start: {Encoding.UTF8.GetString(complaint).TrimEnd('\0')}");
        _cluster = Native.rd_kafka_mock_cluster_new(_client, 1);
        Brokers = Marshal.PtrToStringUTF8(Native.rd_kafka_mock_cluster_bootstraps(_cluster))!;
        // A real broker waits three seconds for further members of a new group.
        Native.rd_kafka_mock_group_initial_rebalance_delay_ms(_cluster, 0);
    }

    /// <summary>Where it listens.</summary>
    public string Brokers { get; }

    /// <summary>What a component needs to use it. The mock lets a member that comes wait for the session of one that left.</summary>
    public (string Name, string Value)[] Settings =>
        [("brokers", Brokers), ("authType", "none"), ("sessionTimeout", "3s"), ("heartbeatInterval", "100ms"), ("backOffDuration", "100ms")];

    /// <summary>Makes a topic.</summary>
    public void CreateTopic(string topic, int partitions) =>
        Check(Native.rd_kafka_mock_topic_create(_cluster, topic, partitions, 1));

    /// <summary>Cuts all connections and refuses new ones; what was written stays.</summary>
    public void Stop() => Check(Native.rd_kafka_mock_broker_set_down(_cluster, Broker));

    /// <summary>Listens again.</summary>
    public void Start() => Check(Native.rd_kafka_mock_broker_set_up(_cluster, Broker));

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Native.rd_kafka_mock_cluster_destroy(_cluster);
        Native.rd_kafka_destroy(_client);
        return ValueTask.CompletedTask;
    }

    private static void Check(int error)
    {
        if (error != 0)
            throw new InvalidOperationException($"The cluster answers with error {error}.");
    }

    // The names are the library's.
#pragma warning disable IDE1006, SA1300
    private static class Native
    {
        public const string Library = "librdkafka";

        [DllImport(Library)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern nint rd_kafka_conf_new();

        [DllImport(Library, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int rd_kafka_conf_set(nint conf, string name, string value, [Out] byte[] errstr, nint errstr_size);

        [DllImport(Library)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern nint rd_kafka_new(int type, nint conf, [Out] byte[] errstr, nint errstr_size);

        [DllImport(Library)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern void rd_kafka_destroy(nint rk);

        [DllImport(Library)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern nint rd_kafka_mock_cluster_new(nint rk, int broker_cnt);

        [DllImport(Library)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern void rd_kafka_mock_cluster_destroy(nint mcluster);

        [DllImport(Library)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern nint rd_kafka_mock_cluster_bootstraps(nint mcluster);

        [DllImport(Library)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern void rd_kafka_mock_group_initial_rebalance_delay_ms(nint mcluster, int delay_ms);

        [DllImport(Library, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int rd_kafka_mock_topic_create(nint mcluster, string topic, int partition_cnt, int replication_factor);

        [DllImport(Library)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int rd_kafka_mock_broker_set_down(nint mcluster, int broker_id);

        [DllImport(Library)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int rd_kafka_mock_broker_set_up(nint mcluster, int broker_id);
    }
#pragma warning restore IDE1006, SA1300
}
