using System.Globalization;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Hosting.Run;

/// <summary>A multi-app run file (<c>dapr.yaml</c>), read and merged as the Dapr CLI does.</summary>
/// <param name="Path">Absolute path, or <c>-</c> for the standard input.</param>
/// <param name="Folder">The folder its relative paths start from.</param>
/// <param name="Name">Its <c>name</c>, or null.</param>
/// <param name="Apps">The apps in file order.</param>
/// <param name="Warnings">Unknown keys and other things that do not stop the run.</param>
internal sealed record RunFile(string Path, string Folder, string? Name, IReadOnlyList<AppRun> Apps, IReadOnlyList<string> Warnings)
{
    private const string DefaultName = "dapr.yaml";
    private static readonly string[] PortKeys = ["appPort", "daprHTTPPort", "daprGRPCPort", "metricsPort"];

    /// <summary>Finds the file an argument means: a file, a folder with a dapr.yaml in it, or <c>-</c>.</summary>
    /// <exception cref="ResourceException">There is no such file, or it is no YAML file.</exception>
    public static string Locate(string argument)
    {
        if (argument == "-")
            return argument;
        var path = System.IO.Path.GetFullPath(argument);
        if (Directory.Exists(path))
            path = System.IO.Path.Combine(path, DefaultName);
        else if (System.IO.Path.GetExtension(path).ToUpperInvariant() is not (".YAML" or ".YML"))
            throw new ResourceException($"file \"{argument}\" is not a YAML file");
        return File.Exists(path) ? path : throw new ResourceException($"run file '{path}' does not exist");
    }

    /// <summary>Reads the run file.</summary>
    /// <param name="path">From <see cref="Locate"/>.</param>
    /// <param name="overrides">What the command line says instead of the file.</param>
    /// <exception cref="ResourceException">The file cannot be used; the message names file, line and key.</exception>
    public static RunFile Load(string path, RunOverrides overrides)
    {
        var fromStandardInput = path == "-";
        var text = fromStandardInput ? Console.In.ReadToEnd() : File.ReadAllText(path);
        var folder = fromStandardInput ? Environment.CurrentDirectory : System.IO.Path.GetDirectoryName(path)!;
        return Parse(text, path, folder, overrides);
    }

    /// <summary>Reads the text of a run file.</summary>
    public static RunFile Parse(string text, string path, string folder, RunOverrides overrides)
    {
        var root = YamlMap.ParseDocuments(text, path).FirstOrDefault()
            ?? throw new ResourceException($"{path}: the run file is empty");
        if (root.Number("version") is null or 0)
            throw new ResourceException($"{path}: required field 'version' not found in the provided run template file");
        var apps = root.Maps("apps");
        if (apps.Count == 0)
            throw new ResourceException($"{path}: No apps to run");
        FreePorts.Reserve(apps.Append(root.Map("common")).OfType<YamlMap>().SelectMany(NamedPorts));
        var reader = new RunFileAppReader(folder, root.Map("common"), overrides);
        var runs = WithInstances([.. apps.Select(reader.Read)]);
        var twins = runs.GroupBy(app => app.AppId, StringComparer.Ordinal).Where(group => group.Count() > 1)
            .Select(group => $"app id '{group.Key}' is given {group.Count()} times: {string.Join(" and ", group.Select(app => app.Instance))} share its calls and messages");
        return new RunFile(path, folder, root.Text("name"), runs, [.. RunFileKeys.Unknown(root), .. twins]);
    }

    // A program may listen on a port that it reads from its environment; neither may be chosen for a sidecar that names none.
    private static IEnumerable<int> NamedPorts(YamlMap map)
    {
        foreach (var key in PortKeys)
        {
            if (map.Number(key) is > 0 and var port)
                yield return port;
        }

        foreach (var (name, value) in map.TextMap("env"))
        {
            if (name.EndsWith("PORT", StringComparison.OrdinalIgnoreCase) && int.TryParse(value, CultureInfo.InvariantCulture, out var port))
                yield return port;
        }
    }

    // As with the Dapr CLI an app id may stand in the file twice: two instances of one app. No app id has a # in it.
    private static List<AppRun> WithInstances(List<AppRun> apps)
    {
        var counts = apps.CountBy(app => app.AppId, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. apps.Select(app => counts[app.AppId] == 1
            ? app
            : app with { Sidecar = app.Sidecar with { Instance = $"{app.AppId}#{numbers[app.AppId] = numbers.GetValueOrDefault(app.AppId) + 1}" } })];
    }
}

/// <summary>What the command line says instead of the run file.</summary>
internal sealed record RunOverrides
{
    /// <summary>Replaces all resource paths of the file; null leaves them.</summary>
    public IReadOnlyList<string>? ResourcePaths { get; init; }

    /// <summary>Turns off the deliberate differences from daprd.</summary>
    public bool Strict { get; init; }
}
