using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace NexusCart.Sandbox.Storage;

/// <summary>
/// An append-only file of commits, one JSON line each. A line is handed to the operating system before the
/// caller gets its answer, so a killed process loses nothing; a power cut may lose the last moments, which is enough for a
/// double of a provider. Not thread-safe: the ledger's lock guards it.
/// </summary>
public sealed class Journal<TCommit> : IDisposable
    where TCommit : class
{
    private readonly string _path;
    private readonly JsonTypeInfo<TCommit> _json;
    private FileStream _file;

    /// <summary>Opens or creates the journal in a folder.</summary>
    /// <param name="directory">The folder; made when it is not there.</param>
    /// <param name="file">The file's name.</param>
    /// <param name="json">How a commit is written.</param>
    /// <exception cref="IOException">Another process has it open.</exception>
    public Journal(string directory, string file, JsonTypeInfo<TCommit> json)
    {
        Directory.CreateDirectory(directory);
        _path = Path.Combine(directory, file);
        _json = json;
        _file = Open();
    }

    /// <summary>Reads all commits, oldest first. A torn last line, left by a crash in the middle of a write, is cut off.</summary>
    /// <exception cref="InvalidDataException">A line other than the last is damaged.</exception>
    public IEnumerable<TCommit> ReadAll()
    {
        var content = new byte[_file.Length];
        _file.Position = 0;
        _file.ReadExactly(content);
        var start = 0;
        for (var number = 1; start < content.Length; number++)
        {
            var end = Array.IndexOf(content, (byte)'\n', start);
            if (end < 0)
            {
                _file.SetLength(start);
                break;
            }

            yield return Parse(content.AsSpan(start, end - start), number);
            start = end + 1;
        }

        _file.Position = _file.Length;
    }

    /// <summary>Adds one commit.</summary>
    public void Append(TCommit commit)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(commit, _json);
        Array.Resize(ref line, line.Length + 1);
        line[^1] = (byte)'\n';
        _file.Write(line);
    }

    /// <summary>Replaces the whole content in one step.</summary>
    public void Rewrite(IEnumerable<TCommit> commits)
    {
        ArgumentNullException.ThrowIfNull(commits);
        var next = _path + ".new";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write))
        {
            foreach (var commit in commits)
            {
                JsonSerializer.Serialize(file, commit, _json);
                file.WriteByte((byte)'\n');
            }

            file.Flush(flushToDisk: true);
        }

        _file.Dispose();
        File.Move(next, _path, overwrite: true);
        _file = Open();
        _file.Position = _file.Length;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private FileStream Open() =>
        // No buffer of our own: a written line is the operating system's at once.
        new(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);

    private TCommit Parse(ReadOnlySpan<byte> line, int number)
    {
        try
        {
            return JsonSerializer.Deserialize(line, _json)
                ?? throw new JsonException("The line holds null.");
        }
        catch (JsonException broken)
        {
            throw new InvalidDataException($"{_path} is damaged in line {number}: {broken.Message}", broken);
        }
    }
}
