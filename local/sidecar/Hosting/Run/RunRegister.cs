using System.Globalization;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Hosting.Run;

/// <summary>
/// The file in the data folder that says which processes a run has started. A runner that was killed leaves its apps behind; the next
/// one finds them here and ends them. It also keeps two runs off the same data.
/// </summary>
internal sealed class RunRegister
{
    private const string FileName = "run.pids";
    private const string RunnerName = "(runner)";

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly Dictionary<string, ProcessIdentity> _processes = new(StringComparer.Ordinal);

    private RunRegister(string path) => _path = path;

    /// <summary>Takes over the data folder: ends the apps of a run that was killed, and writes down this one.</summary>
    /// <param name="dataFolder">The data folder.</param>
    /// <param name="leftovers">App ids of the processes that had to be ended.</param>
    /// <exception cref="ResourceException">Another run uses the folder.</exception>
    public static RunRegister TakeOver(string dataFolder, out IReadOnlyList<string> leftovers)
    {
        Directory.CreateDirectory(dataFolder);
        var register = new RunRegister(Path.Combine(dataFolder, FileName));
        var earlier = register.Read();
        if (earlier.TryGetValue(RunnerName, out var runner) && runner.Id != Environment.ProcessId && runner.IsAlive())
            throw new ResourceException($"the data folder '{dataFolder}' is in use by another run (process {runner.Id}); stop it or give another --data-dir");
        var orphans = earlier.Where(entry => entry.Key != RunnerName && entry.Value.IsAlive()).ToList();
        ProcessTree.Kill(orphans.Select(orphan => orphan.Value));
        leftovers = [.. orphans.Select(orphan => orphan.Key)];
        register.Add(RunnerName, ProcessTree.Identify(Environment.ProcessId)!.Value);
        return register;
    }

    /// <summary>Writes down an app's process; an earlier one of the app is replaced.</summary>
    public void Add(string appId, ProcessIdentity process)
    {
        lock (_gate)
        {
            _processes[appId] = process;
            var temporary = _path + ".new";
            File.WriteAllLines(temporary, _processes.Select(entry => string.Create(
                CultureInfo.InvariantCulture, $"{entry.Value.Id} {entry.Value.StartTime.ToUniversalTime().Ticks} {entry.Key}")));
            File.Move(temporary, _path, overwrite: true);
        }
    }

    /// <summary>The run has ended and nothing is left.</summary>
    public void Close()
    {
        lock (_gate)
            File.Delete(_path);
    }

    private Dictionary<string, ProcessIdentity> Read()
    {
        var entries = new Dictionary<string, ProcessIdentity>(StringComparer.Ordinal);
        if (!File.Exists(_path))
            return entries;
        foreach (var line in File.ReadAllLines(_path))
        {
            var parts = line.Split(' ', 3);
            if (parts.Length == 3 && int.TryParse(parts[0], out var id) && long.TryParse(parts[1], out var ticks))
                entries[parts[2]] = new ProcessIdentity(id, new DateTime(ticks, DateTimeKind.Utc).ToLocalTime());
        }

        return entries;
    }
}
