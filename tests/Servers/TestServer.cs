using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NexusCart.Sidecar.Hosting;

namespace NexusCart.Tests.Servers;

/// <summary>
/// A real server that a test starts from the installed program, on a port and in a folder of its own, and ends by its process id. It
/// ends by itself when the test host does, however that ends.
/// </summary>
public abstract class TestServer : IAsyncDisposable
{
    // $0 is the test host. The watcher shares nothing with the server but the process group, so it keeps no pipe open.
    private const string Guard = """
        me=$$
        (while kill -0 "$0" && kill -0 $me; do sleep 1; done; kill -9 $me) >/dev/null 2>&1 &
        exec "$@"
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly string[] ProgramFolders = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];
    private readonly List<string> _output = [];
    private Process? _process;

    /// <summary>Where it keeps its files.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("server-").FullName;

    /// <summary>Where it listens, on loopback.</summary>
    public int Port { get; } = FreePorts.Next();

    /// <summary>Starts it, or starts it again over the same files, and waits until it answers.</summary>
    public async Task StartAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        await BeforeStartAsync();
        while (true)
        {
            Launch();
            while (!_process!.HasExited)
            {
                if (await AnswersAsync())
                    return;
                if (limit.IsCancellationRequested)
                    throw new TimeoutException($"{GetType().Name} does not answer:\n{Output()}");
                await Task.Delay(50, CancellationToken.None);
            }

            // Right after a kill the remains of the process before can stand in the way.
            if (limit.IsCancellationRequested)
                throw new InvalidOperationException($"{GetType().Name} does not start:\n{Output()}");
            await Task.Delay(200, CancellationToken.None);
        }
    }

    /// <summary>Ends it at once, as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        if (_process is null)
            return;
        await KillAsync(_process);
        _process = null;
        await AfterKillAsync();
    }

    /// <summary>Stops it in the middle of whatever it does, as a machine that hangs: connections stay, nothing answers. Linux only.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    /// <summary>Lets it go on.</summary>
    public Task ThawAsync() => SignalAsync("CONT");

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        await KillAsync();
        await DeleteFolderAsync();
    }

    /// <summary>Ends a process and waits until it is gone; its output may stay open longer, in the hands of its children.</summary>
    protected static async Task KillAsync(Process process)
    {
        if (!process.HasExited)
            process.Kill();
        while (!process.HasExited)
            await Task.Delay(10);
        process.Dispose();
    }

    /// <summary>Path of an installed program, or null.</summary>
    protected static string? Find(string program, params string[] furtherFolders) =>
        furtherFolders.Concat(ProgramFolders).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    /// <summary>The program and its arguments.</summary>
    protected abstract IEnumerable<string> Command();

    /// <summary>What it needs in its environment.</summary>
    protected virtual IEnumerable<(string Name, string Value)> Variables() => [];

    /// <summary>Whether it serves.</summary>
    protected abstract Task<bool> AnswersAsync();

    /// <summary>Prepares what the program needs.</summary>
    protected virtual Task BeforeStartAsync() => Task.CompletedTask;

    /// <summary>Ends what a killed server leaves running.</summary>
    protected virtual Task AfterKillAsync() => Task.CompletedTask;

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    protected static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{program} ended with {process.ExitCode}:\n{await output}\n{await errors}");
    }

    /// <summary>Whether somebody listens on a port.</summary>
    protected static async Task<bool> ListensAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    // Processes of a killed server that see it late may still write.
    private async Task DeleteFolderAsync()
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                Directory.Delete(Folder, recursive: true);
                return;
            }
            catch (IOException) when (tries < 100)
            {
                await Task.Delay(50);
            }
        }
    }

    /// <summary>Starts a program that ends with the test host at the latest; ending it before is up to the caller.</summary>
    protected Process LaunchBeside(IEnumerable<string> command, IEnumerable<(string Name, string Value)> variables)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Folder };
        foreach (var argument in (string[])["-c", Guard, Environment.ProcessId.ToString(CultureInfo.InvariantCulture), .. command])
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Remember(line.Data);
        process.ErrorDataReceived += (_, line) => Remember(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    // To the processes it made, too: PostgreSQL has one for each connection.
    private async Task SignalAsync(string signal)
    {
        var id = _process!.Id.ToString(CultureInfo.InvariantCulture);
        var children = await File.ReadAllTextAsync($"/proc/{id}/task/{id}/children");
        string[] all = [id, .. children.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        // One that has just ended is no error.
        await RunAsync("/bin/sh", ["-c", "kill -" + signal + " \"$@\" 2>/dev/null; true", "sh", .. all]);
    }

    private void Launch()
    {
        _process?.Dispose();
        _process = LaunchBeside(Command(), Variables());
    }

    private void Remember(string? line)
    {
        lock (_output)
        {
            if (line is not null)
                _output.Add(line);
        }
    }

    private string Output()
    {
        lock (_output)
            return string.Join('\n', _output.TakeLast(30));
    }
}
