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

    // A killed runner takes a moment to be gone: it has files to give back.
    private static readonly TimeSpan DyingPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DyingPollInterval = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly Dictionary<string, ProcessIdentity> _processes = new(StringComparer.Ordinal);

    private RunRegister(string path) => _path = path;

    /// <summary>Takes over the data folder: ends the apps of a run that was killed, and writes down this one.</summary>
    /// <param name="dataFolder">The data folder.</param>
    /// <param name="time">Waits for a runner that is just ending.</param>
    /// <param name="warn">Gets a line for each process that had to be ended.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="ResourceException">Another run uses the folder.</exception>
    public static async Task<RunRegister> TakeOverAsync(string dataFolder, TimeProvider time, Action<string> warn, CancellationToken cancellation)
    {
        Directory.CreateDirectory(dataFolder);
        var register = new RunRegister(Path.Combine(dataFolder, FileName));
        var earlier = register.Read();
        if (earlier.TryGetValue(RunnerName, out var runner) && runner.Id != Environment.ProcessId && !await EndsAsync(runner, time, cancellation))
            throw new ResourceException($"the data folder '{dataFolder}' is in use by another run (process {runner.Id}); stop it or give another --data-dir");
        var orphans = earlier.Where(entry => entry.Key != RunnerName && entry.Value.IsAlive()).ToList();
        ProcessTree.Kill(orphans.Select(orphan => orphan.Value));
        foreach (var orphan in orphans)
            warn($"ended {orphan.Key}, which an earlier run of this file had left behind");
        register.Add(RunnerName, ProcessTree.Identify(Environment.ProcessId)!.Value);
        return register;
    }

    /// <summary>Writes down an app's process; an earlier one of the instance is replaced.</summary>
    public void Add(string instance, ProcessIdentity process)
    {
        lock (_gate)
        {
            _processes[instance] = process;
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

    private static async Task<bool> EndsAsync(ProcessIdentity runner, TimeProvider time, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        while (runner.IsAlive())
        {
            if (time.GetElapsedTime(began) > DyingPatience)
                return false;
            await Task.Delay(DyingPollInterval, time, cancellation);
        }

        return true;
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
