using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Hosting.Run;

/// <summary>What can be known to go wrong before anything is started.</summary>
internal static class Preflight
{
    /// <summary>Everything that would make the run fail; empty when it may start.</summary>
    public static IReadOnlyList<string> Check(IReadOnlyList<AppRun> apps)
    {
        var faults = new List<string>();
        CheckPorts(apps, faults);
        foreach (var app in apps)
            CheckResources(app, faults);
        return faults;
    }

    /// <summary>Apps whose program is a file that is not there.</summary>
    public static IReadOnlyList<AppRun> WithoutProgram(IReadOnlyList<AppRun> apps) =>
        [.. apps.Where(app => ProgramFile(app) is { } file && !File.Exists(file))];

    /// <summary>The file an app's command runs: the program, or the assembly that <c>dotnet</c> runs; null when it is found on the PATH.</summary>
    public static string? ProgramFile(AppRun app)
    {
        if (app.Command.Count == 0)
            return null;
        var program = AppProcess.Resolve(app.Command[0], app.Folder);
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            var assembly = app.Command.Skip(1).FirstOrDefault(argument => argument.EndsWith(".dll", StringComparison.OrdinalIgnoreCase));
            return assembly is null ? null : Path.GetFullPath(assembly, app.Folder);
        }

        return Path.IsPathFullyQualified(program) ? program : null;
    }

    private static void CheckPorts(IReadOnlyList<AppRun> apps, List<string> faults)
    {
        var ports = apps.SelectMany(PortsOf).ToList();
        foreach (var twins in ports.GroupBy(port => port.Number).Where(group => group.Count() > 1))
            faults.Add($"port {twins.Key} is given to {string.Join(" and ", twins.Select(port => port.Use))}");
        foreach (var port in ports.DistinctBy(port => port.Number).Where(port => !FreePorts.IsFree(port.Number)))
            faults.Add($"port {port.Number} ({port.Use}) is in use by another program");
    }

    private static IEnumerable<(int Number, string Use)> PortsOf(AppRun app)
    {
        yield return (app.Sidecar.HttpPort, $"daprHTTPPort of {app.Instance}");
        yield return (app.Sidecar.GrpcPort, $"daprGRPCPort of {app.Instance}");
        if (app.Sidecar.MetricsPort is { } metrics)
            yield return (metrics, $"metricsPort of {app.Instance}");
        // Without a command the app is somebody else's and may be running already.
        if (app.Sidecar.AppPort is { } port && app.Command.Count > 0)
            yield return (port, $"appPort of {app.Instance}");
    }

    private static void CheckResources(AppRun app, List<string> faults)
    {
        try
        {
            faults.AddRange(ResourceLoader.Load(app.Sidecar).Warnings.Where(warning => !faults.Contains(warning)));
        }
        catch (ResourceException e) when (!faults.Contains(e.Message))
        {
            faults.Add(e.Message);
        }
        catch (ResourceException)
        {
            // Said already for another app with the same files.
        }
    }
}
