namespace NexusCart.Sidecar.Hosting;

/// <summary>Log levels by daprd's names.</summary>
internal static class LogLevels
{
    /// <summary>Reads a level.</summary>
    public static bool TryParse(string text, out LogLevel level)
    {
        (level, var known) = text.ToLowerInvariant() switch
        {
            "debug" => (LogLevel.Debug, true),
            "info" => (LogLevel.Information, true),
            "warn" or "warning" => (LogLevel.Warning, true),
            "error" => (LogLevel.Error, true),
            "fatal" => (LogLevel.Critical, true),
            _ => (LogLevel.None, false),
        };
        return known;
    }

    /// <summary>The name of a level.</summary>
    public static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        _ => "fatal",
    };
}
