using System.Diagnostics;
using System.Globalization;
using NexusCart.Sidecar.Hosting;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace NexusCart.Tests.Servers;

/// <summary>A RabbitMQ server, with a port mapper of its own so that it meets no other Erlang node of the machine.</summary>
/// <param name="definitions">A file of users, policies and queues that it begins with, and the user to be; null for its own defaults.</param>
public sealed class RabbitServer((string File, string User, string Password)? definitions) : TestServer
{
    private static readonly string? Program = FindProgram();
    private static readonly string? Mapper = Find("epmd");

    private readonly int _mapperPort = FreePorts.Next();
    private readonly int _nodePort = FreePorts.Next();
    private Process? _mapper;

    public RabbitServer()
        : this(null)
    {
    }

    /// <summary>Why tests that need it are skipped; null when it is installed.</summary>
    public static string? Missing { get; } = Program is null || Mapper is null ? "rabbitmq-server is not installed" : null;

    /// <summary>As the client and Dapr take it.</summary>
    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"amqp://{definitions?.User ?? "guest"}:{definitions?.Password ?? "guest"}@127.0.0.1:{Port}");

    /// <summary>A client that is none of ours.</summary>
    public Task<IConnection> OpenClientAsync() =>
        new ConnectionFactory { Uri = new Uri(ConnectionString), AutomaticRecoveryEnabled = false }.CreateConnectionAsync();

    /// <inheritdoc/>
    protected override async Task BeforeStartAsync()
    {
        if (_mapper is not null)
            return;
        File.WriteAllText(Path.Combine(Folder, "plugins"), "[].");
        if (definitions is { } given)
            File.WriteAllText(Path.Combine(Folder, "rabbitmq.conf"), $"load_definitions = {given.File}\n");
        _mapper = LaunchBeside([Mapper!], [("ERL_EPMD_PORT", Text(_mapperPort)), ("ERL_EPMD_ADDRESS", "127.0.0.1")]);
        // Without one the server would start another, which nobody ends.
        while (!await ListensAsync(_mapperPort) && !_mapper.HasExited)
            await Task.Delay(20);
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> Command() => [Program!];

    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string Value)> Variables() =>
    [
        ("HOME", Folder),
        ("ERL_EPMD_PORT", Text(_mapperPort)),
        ("RABBITMQ_NODENAME", $"test{Port}@localhost"),
        ("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1"),
        ("RABBITMQ_NODE_PORT", Text(Port)),
        ("RABBITMQ_DIST_PORT", Text(_nodePort)),
        ("RABBITMQ_MNESIA_BASE", Path.Combine(Folder, "data")),
        ("RABBITMQ_LOG_BASE", Path.Combine(Folder, "log")),
        ("RABBITMQ_LOGS", "-"),
        ("RABBITMQ_PID_FILE", Path.Combine(Folder, "pid")),
        ("RABBITMQ_ENABLED_PLUGINS_FILE", Path.Combine(Folder, "plugins")),
        ("RABBITMQ_CONFIG_FILE", Path.Combine(Folder, "rabbitmq")),
        ("RABBITMQ_ADVANCED_CONFIG_FILE", Path.Combine(Folder, "advanced")),
        ("RABBITMQ_CONF_ENV_FILE", Path.Combine(Folder, "environment")),
        // Has the script become the server, so that the process id is the server's. No input is wanted all the same.
        ("RABBITMQ_ALLOW_INPUT", "true"),
        ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-noinput -start_epmd false +sbwt none"),
    ];

    /// <inheritdoc/>
    protected override async Task<bool> AnswersAsync()
    {
        if (!await ListensAsync(Port))
            return false;
        try
        {
            await using var connection = await OpenClientAsync();
            return true;
        }
        catch (BrokerUnreachableException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await KillAsync();
        if (_mapper is not null)
            await KillAsync(_mapper);
        await base.DisposeAsync();
    }

    // The program that the package puts in the path insists on a user of its own.
    private static string? FindProgram() =>
        Directory.Exists("/usr/lib/rabbitmq/lib")
            ? Directory.EnumerateDirectories("/usr/lib/rabbitmq/lib")
                .Select(folder => Path.Combine(folder, "sbin", "rabbitmq-server"))
                .Where(File.Exists)
                .Order(StringComparer.Ordinal)
                .LastOrDefault()
            : null;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
