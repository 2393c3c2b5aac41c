using System.Collections.Concurrent;

namespace NexusCart.Sidecar.Hosting.Run;

/// <summary>
/// The console of a run: lines of all apps and sidecars, whole and one after the other. Colours only on a terminal that wants them.
/// </summary>
internal sealed class RunConsole : IDisposable
{
    private const string Reset = "\u001b[0m";

    private readonly BlockingCollection<string> _lines = new(boundedCapacity: 10_000);
    private readonly Thread _writer;
    private readonly TextWriter _out;
    private readonly bool _colours;

    /// <param name="output">Where the lines go.</param>
    /// <param name="colours">Whether to colour them.</param>
    public RunConsole(TextWriter output, bool colours)
    {
        _out = output;
        _colours = colours;
        _writer = new Thread(Write) { IsBackground = true, Name = "console" };
        _writer.Start();
    }

    /// <summary>The console of the process.</summary>
    public static RunConsole Standard() => new(
        Console.Out, !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));

    /// <summary>A line of an app.</summary>
    public void App(string appId, string line) => Add($"{Colour("34")}== APP - {appId} =={End} {line}");

    /// <summary>A line of an app's sidecar.</summary>
    public void Sidecar(string appId, string line) => Add($"{Colour("36")}== DAPR - {appId} =={End} {line}");

    /// <summary>News of the run.</summary>
    public void Info(string line) => Add(line);

    /// <summary>Good news.</summary>
    public void Success(string line) => Add($"{Colour("32")}✓{End} {line}");

    /// <summary>Something to look at.</summary>
    public void Warning(string line) => Add($"{Colour("33")}! {line}{End}");

    /// <summary>Something is wrong.</summary>
    public void Error(string line) => Add($"{Colour("31")}✗ {line}{End}");

    /// <summary>Writes what is left.</summary>
    public void Dispose()
    {
        if (_lines.IsAddingCompleted)
            return;
        _lines.CompleteAdding();
        _writer.Join(TimeSpan.FromSeconds(2));
    }

    private string End => _colours ? Reset : "";

    private string Colour(string code) => _colours ? $"\u001b[{code}m" : "";

    private void Add(string line)
    {
        try
        {
            _lines.Add(line);
        }
        catch (InvalidOperationException)
        {
            // Said after the end: nobody is listening any more.
        }
    }

    private void Write()
    {
        try
        {
            foreach (var line in _lines.GetConsumingEnumerable())
            {
                _out.WriteLine(line);
                if (_lines.Count == 0)
                    _out.Flush();
            }

            _out.Flush();
        }
        catch (IOException)
        {
            // The terminal is gone. The shop goes on; its lines are in the files, and what waits here must not block it.
            foreach (var unread in _lines.GetConsumingEnumerable())
                _ = unread;
        }
    }
}
