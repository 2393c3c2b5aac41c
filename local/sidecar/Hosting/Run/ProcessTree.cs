using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace NexusCart.Sidecar.Hosting.Run;

/// <summary>A process known by its id and start, since ids are used again.</summary>
internal readonly record struct ProcessIdentity(int Id, DateTime StartTime)
{
    // Start times are computed from the age of the system's clock and wobble a little from reading to reading.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    /// <summary>Whether this very process still runs.</summary>
    public bool IsAlive()
    {
        try
        {
            using var process = Process.GetProcessById(Id);
            return !process.HasExited && (process.StartTime - StartTime).Duration() < Tolerance && !IsZombie();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return false;
        }
    }

    // One that has ended but that nobody has asked for its exit code: in a container without an init process it stays for ever.
    // Its first thread may have ended before the others, and until the last has, its ports are taken.
    private bool IsZombie() => ProcFile.Read(Id) is { State: 'Z' } && !ProcFile.HasOtherThreads(Id);
}

/// <summary>What Linux says of a process in <c>/proc/{id}/stat</c>.</summary>
internal readonly record struct ProcFile(char State, int Parent)
{
    /// <summary>Whether threads besides the first still run.</summary>
    public static bool HasOtherThreads(int id)
    {
        try
        {
            return Directory.EnumerateDirectories($"/proc/{id}/task").Skip(1).Any();
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Reads it; null when there is no such process, or no such file system.</summary>
    public static ProcFile? Read(int id)
    {
        try
        {
            // pid (name) state ppid …; the name may hold anything, so count from its closing bracket.
            var stat = File.ReadAllText($"/proc/{id}/stat");
            var rest = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return new ProcFile(rest[0][0], int.Parse(rest[1], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null;
        }
    }
}

/// <summary>Processes with what they started.</summary>
internal static class ProcessTree
{
    private const int SigTerm = 15;
    private const uint CtrlBreak = 1;
    private static readonly TimeSpan KillPatience = TimeSpan.FromSeconds(5);

    /// <summary>A process and all its descendants that can be seen now.</summary>
    public static IReadOnlyList<ProcessIdentity> Of(int id)
    {
        var parents = OperatingSystem.IsWindows() ? [] : Parents();
        var family = new List<int> { id };
        for (var i = 0; i < family.Count; i++)
            family.AddRange(parents.Where(pair => pair.Parent == family[i]).Select(pair => pair.Id));
        return [.. family.Select(Identify).OfType<ProcessIdentity>()];
    }

    /// <summary>Asks them to end.</summary>
    public static void Terminate(IEnumerable<ProcessIdentity> processes)
    {
        foreach (var process in processes)
        {
            if (!process.IsAlive())
                continue;
            if (OperatingSystem.IsWindows())
                _ = GenerateConsoleCtrlEvent(CtrlBreak, (uint)process.Id);
            else
                _ = SendSignal(process.Id, SigTerm);
        }
    }

    /// <summary>Ends them at once, with what they started, and waits until they are gone.</summary>
    public static void Kill(IEnumerable<ProcessIdentity> processes)
    {
        List<ProcessIdentity> killed = [.. processes.Where(process => process.IsAlive())];
        foreach (var identity in killed)
        {
            try
            {
                using var process = Process.GetProcessById(identity.Id);
                process.Kill(entireProcessTree: true);
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
            {
                // It ended in between.
            }
        }

        // All at once, and not by waiting for each process: that takes one for running which has ended, and whose parent is slow to ask.
        SpinWait.SpinUntil(() => !killed.Exists(process => process.IsAlive()), KillPatience);
    }

    /// <summary>The identity of a running process, or null.</summary>
    public static ProcessIdentity? Identify(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return new ProcessIdentity(id, process.StartTime);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }

    private static List<(int Id, int Parent)> Parents()
    {
        if (Directory.Exists("/proc/self"))
            return ParentsFromProc();
        using var ps = Process.Start(new ProcessStartInfo("ps", ["-A", "-o", "pid=,ppid="]) { RedirectStandardOutput = true })!;
        var pairs = new List<(int Id, int Parent)>();
        while (ps.StandardOutput.ReadLine() is { } line)
        {
            var parts = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            pairs.Add((int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture)));
        }

        ps.WaitForExit();
        return pairs;
    }

    private static List<(int Id, int Parent)> ParentsFromProc()
    {
        var pairs = new List<(int Id, int Parent)>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var id))
                continue;
            if (ProcFile.Read(id) is { } stat)
                pairs.Add((id, stat.Parent));
        }

        return pairs;
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);

    [DllImport("kernel32.dll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool GenerateConsoleCtrlEvent(uint controlEvent, uint processGroupId);
}
