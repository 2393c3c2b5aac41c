using System.Globalization;
using System.Text;

namespace NexusCart.Sidecar.Hosting.Run;

/// <summary>The log file of one app or sidecar: <c>{folder}/.dapr/logs/{appId}_{kind}_{yyyyMMddHHmmss}.log</c>.</summary>
internal sealed class LogFile : IDisposable
{
    private const int KeptFiles = 5;
    private const string Stamp = "yyyyMMddHHmmss";

    private readonly Lock _gate = new();
    private readonly StreamWriter _writer;
    private bool _closed;

    private LogFile(string path)
    {
        Path = path;
        _writer = new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite), new UTF8Encoding(false)) { AutoFlush = true };
    }

    /// <summary>Its absolute path.</summary>
    public string Path { get; }

    /// <summary>Opens a new file and deletes the oldest ones of the same kind.</summary>
    /// <param name="folder">The app's folder.</param>
    /// <param name="appId">The app.</param>
    /// <param name="kind"><c>app</c> or <c>daprd</c>.</param>
    /// <param name="now">Goes into the name.</param>
    public static LogFile Open(string folder, string appId, string kind, DateTimeOffset now)
    {
        var logs = Directory.CreateDirectory(System.IO.Path.Combine(folder, ".dapr", "logs")).FullName;
        var stem = $"{appId}_{kind}_";
        // Nothing but the stamp may follow: one app id may begin with another and "_app".
        var earlier = Directory.GetFiles(logs, stem + "*.log").Where(file => System.IO.Path.GetFileName(file).Length == stem.Length + Stamp.Length + ".log".Length);
        foreach (var old in earlier.OrderDescending(StringComparer.Ordinal).Skip(KeptFiles - 1))
            File.Delete(old);
        var stamp = now.ToLocalTime().ToString(Stamp, CultureInfo.InvariantCulture);
        return new LogFile(System.IO.Path.Combine(logs, stem + stamp + ".log"));
    }

    /// <summary>Writes a line.</summary>
    public void Write(string line)
    {
        lock (_gate)
        {
            if (!_closed)
                _writer.WriteLine(line);
        }
    }

    /// <summary>Closes the file; what is written later is dropped.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            _writer.Dispose();
        }
    }
}
