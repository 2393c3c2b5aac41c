using System.IO.Compression;
using System.Text;
using NexusCart.Catalog.V1;
using NexusCart.Cli.Catalogue;

namespace NexusCart.Cli.Export;

/// <summary>Writes a shop's products to a file, page by page; a stop half-way leaves the file there was.</summary>
public static class ProductExport
{
    private const int PageSize = 250;

    /// <summary>Writes the file.</summary>
    /// <param name="path">The file; packed when its name ends in <c>.gz</c>.</param>
    /// <param name="read">Reads a page from the shop.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>How many products were written.</returns>
    public static async Task<long> WriteAsync(
        string path, Func<ExportProductsRequest, CancellationToken, Task<ExportProductsResponse>> read, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(read);
        var draft = path + ".tmp";
        long written = 0;
        await using (var lines = Open(draft, packed: path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)))
        {
            var token = "";
            do
            {
                var page = await read(new ExportProductsRequest { PageSize = PageSize, PageToken = token }, cancellation);
                foreach (var product in page.Products)
                {
                    // No units: who imports the file again must not receive stock a second time.
                    await lines.WriteLineAsync(ProductLine.Write(new ProductRecord(++written, product, Stock: 0)).AsMemory(), cancellation);
                }

                token = page.NextPageToken;
            }
            while (token.Length > 0);
        }

        File.Move(draft, path, overwrite: true);
        return written;
    }

    private static StreamWriter Open(string path, bool packed)
    {
        Stream stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16, useAsync: true);
        return new StreamWriter(packed ? new GZipStream(stream, CompressionLevel.Optimal) : stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
    }
}
