using System.Diagnostics;
using System.Text;

namespace NexusCart.Sidecar.Hosting.Run;

/// <summary>The process of an app: started without a shell's interpretation, its output read to the end, stopped gently first.</summary>
internal sealed class AppProcess : IDisposable
{
    // The shell only keeps from the app what goes to every process in front of it, Ctrl+C of a terminal or a signal to the group:
    // the runner decides the order in which things stop. Then it turns into the app, so the process id is the app's.
    private const string Apart = "trap '' INT; if command -v setsid > /dev/null; then exec setsid \"$@\"; fi; exec \"$@\"";

    private static readonly TimeSpan OutputGrace = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly Task _output;

    private AppProcess(Process process, Action<string> line)
    {
        _process = process;
        Id = process.Id;
        // One that has ended already has no start; nobody will look for it.
        StartTime = ProcessTree.Identify(process.Id)?.StartTime ?? default;
        _output = Task.WhenAll(PumpAsync(process.StandardOutput, line), PumpAsync(process.StandardError, line));
        Exited = WaitAsync();
    }

    /// <summary>The process id.</summary>
    public int Id { get; }

    /// <summary>When it started.</summary>
    public DateTime StartTime { get; }

    /// <summary>Ends with the process and, as far as it comes, its output; the result is the exit code.</summary>
    public Task<int> Exited { get; }

    /// <summary>Starts a program.</summary>
    /// <param name="command">Program and arguments; a program with a slash is relative to <paramref name="folder"/>.</param>
    /// <param name="folder">Working folder.</param>
    /// <param name="variables">Added to the environment, in order.</param>
    /// <param name="line">Gets each line of output.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">The program cannot be started.</exception>
    public static AppProcess Start(
        IReadOnlyList<string> command, string folder, IEnumerable<KeyValuePair<string, string>> variables, Action<string> line)
    {
        var program = Resolve(command[0], folder);
        var start = new ProcessStartInfo
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            UseShellExecute = false,
        };
        if (OperatingSystem.IsWindows())
        {
            start.FileName = program;
            start.CreateNewProcessGroup = true;
        }
        else
        {
            start.FileName = "/bin/sh";
            foreach (var argument in (string[])["-c", Apart, "sh", program])
                start.ArgumentList.Add(argument);
        }

        foreach (var argument in command.Skip(1))
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        return new AppProcess(Process.Start(start)!, line);
    }

    /// <summary>The program a command means: a path relative to the folder, or a name to be found on the PATH.</summary>
    public static string Resolve(string program, string folder) =>
        program.Contains('/', StringComparison.Ordinal) || program.Contains('\\', StringComparison.Ordinal)
            ? Path.GetFullPath(program, folder)
            : program;

    /// <summary>Asks it to end, and ends it when it has not within the time.</summary>
    /// <param name="patience">How long to wait.</param>
    /// <param name="cancellation">Cancelled: no more patience.</param>
    /// <returns>False when it had to be killed.</returns>
    public async Task<bool> StopAsync(TimeSpan patience, CancellationToken cancellation)
    {
        if (Exited.IsCompleted)
            return true;
        var family = ProcessTree.Of(Id);
        ProcessTree.Terminate(family);
        try
        {
            await Exited.WaitAsync(patience, cancellation);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            Kill();
            await Exited;
            return false;
        }
        finally
        {
            // What the app itself started and left behind would keep its ports.
            ProcessTree.Kill(family.Where(member => member.Id != Id));
        }
    }

    /// <summary>Ends it and what it started at once.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It is gone already.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _process.Dispose();

    private async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync(CancellationToken.None);
        // A grandchild may hold the pipe open for ever.
        await Task.WhenAny(_output, Task.Delay(OutputGrace));
        return _process.ExitCode;
    }

    private static async Task PumpAsync(StreamReader reader, Action<string> line)
    {
        try
        {
            while (await reader.ReadLineAsync() is { } text)
                line(text);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The pipe broke with the process.
        }
    }
}
