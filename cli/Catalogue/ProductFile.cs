using System.IO.Compression;
using System.Security.Cryptography;
using SharpCompress.Compressors.Xz;

namespace NexusCart.Cli.Catalogue;

/// <summary>
/// A product file on disk: JSON Lines (<c>.jsonl</c>, <c>.ndjson</c>) or CSV, plain or packed (<c>.gz</c>, <c>.xz</c>).
/// </summary>
public sealed class ProductFile
{
    private readonly string _path;
    private readonly bool _csv;
    private readonly string _currency;

    private ProductFile(string path, bool csv, string currency)
    {
        _path = path;
        _csv = csv;
        _currency = currency;
    }

    /// <summary>Absolute path.</summary>
    public string Path => _path;

    /// <summary>Size on disk, in bytes.</summary>
    public long Length => new FileInfo(_path).Length;

    /// <summary>Recognises the format by the file's name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="currency">ISO 4217 code for prices that come without one.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="NotSupportedException">The name says no format that can be read.</exception>
    public static ProductFile Open(string path, string currency)
    {
        var full = System.IO.Path.GetFullPath(path);
        if (!File.Exists(full))
            throw new FileNotFoundException($"There is no file {full}.", full);

        var name = full;
        if (HasEnding(name, ".gz") || HasEnding(name, ".xz"))
            name = name[..^3];

        if (HasEnding(name, ".csv"))
            return new ProductFile(full, csv: true, currency);
        if (HasEnding(name, ".jsonl") || HasEnding(name, ".ndjson") || HasEnding(name, ".json"))
            return new ProductFile(full, csv: false, currency);
        throw new NotSupportedException(
            $"{System.IO.Path.GetFileName(full)}: the name must end in .jsonl, .ndjson or .csv, with .gz or .xz behind it when packed.");
    }

    /// <summary>SHA-256 of the file as it lies on disk, in lower-case hexadecimal: the identity an import is resumed by.</summary>
    public async Task<string> FingerprintAsync(CancellationToken cancellation)
    {
        await using var stream = File.OpenRead(_path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation));
    }

    /// <summary>Reads the lines in order; a bad line comes as refused and does not stop the reading.</summary>
    /// <param name="position">Told how far the file has been read, in bytes on disk.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public async IAsyncEnumerable<ReadLine> ReadAsync(
        Action<long>? position,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var disk = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, useAsync: true);
        await using var content = Unpack(disk);
        var lines = _csv
            ? CsvProducts.ReadAsync(content, _currency, cancellation)
            : JsonLineProducts.ReadAsync(content, _currency, cancellation);

        await foreach (var line in lines)
        {
            position?.Invoke(disk.Position);
            yield return line;
        }
    }

    private Stream Unpack(FileStream disk)
    {
        if (HasEnding(_path, ".gz"))
            return new GZipStream(disk, CompressionMode.Decompress);
        return HasEnding(_path, ".xz") ? new XZStream(disk) : disk;
    }

    private static bool HasEnding(string name, string ending) => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase);
}
