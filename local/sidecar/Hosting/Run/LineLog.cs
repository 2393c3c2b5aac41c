namespace NexusCart.Sidecar.Hosting.Run;

/// <summary>The lines of one app or sidecar on their way to file and console; the last ones are kept for reports.</summary>
internal sealed class LineLog : IDisposable
{
    private const int Kept = 20;

    private readonly Queue<string> _last = new();
    private readonly LogFile? _file;
    private readonly Action<string>? _console;
    private readonly string _filePrefix;

    /// <param name="file">Gets every line; null for none.</param>
    /// <param name="console">Gets every line; null for none.</param>
    /// <param name="filePrefix">Stands before each line in the file.</param>
    public LineLog(LogFile? file, Action<string>? console, string filePrefix = "")
    {
        _file = file;
        _console = console;
        _filePrefix = filePrefix;
    }

    /// <summary>Absolute path of the file; empty when there is none.</summary>
    public string Path => _file?.Path ?? "";

    /// <summary>The last lines, oldest first.</summary>
    public IReadOnlyList<string> Last
    {
        get
        {
            lock (_last)
                return [.. _last];
        }
    }

    /// <summary>Takes a line.</summary>
    public void Write(string line)
    {
        lock (_last)
        {
            _last.Enqueue(line);
            if (_last.Count > Kept)
                _last.Dequeue();
        }

        _file?.Write(_filePrefix + line);
        _console?.Invoke(line);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file?.Dispose();
}
