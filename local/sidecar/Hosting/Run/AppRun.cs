namespace NexusCart.Sidecar.Hosting.Run;

/// <summary>Where the lines of an app or a sidecar go.</summary>
[Flags]
internal enum LogDestination
{
    /// <summary>Into a file.</summary>
    File = 1,

    /// <summary>Onto the console.</summary>
    Console = 2,

    /// <summary>Both.</summary>
    FileAndConsole = File | Console,
}

/// <summary>One app of a run file with everything merged and resolved: paths absolute, ports chosen.</summary>
internal sealed record AppRun
{
    /// <summary>Settings of its sidecar.</summary>
    public required SidecarOptions Sidecar { get; init; }

    /// <summary>Working folder of the app.</summary>
    public required string Folder { get; init; }

    /// <summary>Program and arguments; empty for a sidecar alone.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Variables of the file for the app.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Where the app's lines go.</summary>
    public LogDestination AppLog { get; init; } = LogDestination.FileAndConsole;

    /// <summary>Where the sidecar's lines go; warnings and errors reach the console in any case.</summary>
    public LogDestination SidecarLog { get; init; } = LogDestination.File;

    /// <summary>Least level of the sidecar's lines.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>The app id.</summary>
    public string AppId => Sidecar.AppId;

    /// <summary>The app id, and which instance of it when the run has several.</summary>
    public string Instance => Sidecar.Instance;

    /// <summary>Whether the app is a task that ends by itself: it serves no port.</summary>
    public bool IsTask => Sidecar.AppPort is null;

    /// <summary>What the app's process gets on top of the runner's own environment, in daprd's CLI's order: the file wins.</summary>
    public IEnumerable<KeyValuePair<string, string>> Variables()
    {
        yield return new("APP_ID", AppId);
        yield return new("APP_CHANNEL_ADDRESS", Sidecar.AppChannelAddress);
        if (Sidecar.AppPort is > 0 and var port)
            yield return new("APP_PORT", Text(port));
        yield return new("DAPR_HTTP_PORT", Text(Sidecar.HttpPort));
        yield return new("DAPR_GRPC_PORT", Text(Sidecar.GrpcPort));
        if (Sidecar.MetricsPort is > 0 and var metrics)
            yield return new("DAPR_METRICS_PORT", Text(metrics));
        yield return new("APP_PROTOCOL", Sidecar.AppProtocol.ToString().ToLowerInvariant());
        foreach (var variable in Environment)
            yield return variable;
    }

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
