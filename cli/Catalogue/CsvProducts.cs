using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace NexusCart.Cli.Catalogue;

/// <summary>
/// Products as CSV (RFC 4180, UTF-8, header line); <see cref="CsvRow"/> says what its columns are. A row with <c>variant_of</c> is a
/// variant of the product whose row stands above it, and belongs to it: where one of them is wrong the product is left as it is in the
/// shop, since a product without one of its variants is not what the file says.
/// </summary>
internal static class CsvProducts
{
    public static async IAsyncEnumerable<ReadLine> ReadAsync(Stream content, string currency, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var reader = new StreamReader(content, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, 1 << 16, leaveOpen: true);
        using var csv = new CsvReader(reader, new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            PrepareHeaderForMatch = header => header.Header.Trim().ToLowerInvariant(),
            MissingFieldFound = null,
            BadDataFound = null,
        });
        if (!await csv.ReadAsync() || !csv.ReadHeader())
            yield break;

        CsvProduct? product = null;
        while (await csv.ReadAsync())
        {
            cancellation.ThrowIfCancellationRequested();
            var row = new CsvRow(csv, currency);
            if (row.VariantOf.Length == 0)
            {
                foreach (var line in product?.Lines() ?? [])
                    yield return line;
                product = new CsvProduct(row);
            }
            else if (product?.Sku == row.VariantOf)
            {
                product.Add(row);
            }
            else
            {
                yield return new ReadLine(null, new RefusedLine(
                    row.Line, row.Sku, CsvRow.VariantOfColumn, $"must be the SKU of the product in the row above it or above its other variants, not '{row.VariantOf}'"));
            }
        }

        foreach (var line in product?.Lines() ?? [])
            yield return line;
    }

    /// <summary>The rows of one product.</summary>
    private sealed class CsvProduct
    {
        private readonly long _line;
        private readonly ProductRecord? _record;
        private readonly List<VariantRow> _variants = [];
        private readonly List<RefusedLine> _refused = [];

        public CsvProduct(CsvRow row)
        {
            (_line, Sku) = (row.Line, row.Sku);
            _record = Try(row, () => new ProductRecord(row.Line, row.ToProduct(), row.Stock));
        }

        public string Sku { get; }

        public void Add(CsvRow row)
        {
            if (_record is null)
                _refused.Add(new RefusedLine(row.Line, row.Sku, CsvRow.VariantOfColumn, $"the row of its product, line {_line}, was refused"));
            else if (Try(row, () => new VariantRow(row.Line, row.Stock)) is { } own && Try(row, () => row.ToVariant(_record.Product)) is { } variant)
            {
                _record.Product.Variants.Add(variant);
                _variants.Add(own);
            }
        }

        public IEnumerable<ReadLine> Lines()
        {
            if (_record is null)
                return Refused;
            return _refused.Count == 0
                ? [new ReadLine(_variants.Count == 0 ? _record : _record with { Variants = _variants }, null)]
                : Refused.Append(new ReadLine(null, new RefusedLine(
                    _line, Sku, "variants", $"stays as it is in the shop: the variant of line {_refused[0].Line} was refused")));
        }

        private IEnumerable<ReadLine> Refused => _refused.Select(refused => new ReadLine(null, refused));

        private T? Try<T>(CsvRow row, Func<T> read)
            where T : class
        {
            try
            {
                return read();
            }
            catch (ProductFormatException e)
            {
                _refused.Add(new RefusedLine(row.Line, row.Sku, e.Field, e.Message));
                return null;
            }
        }
    }
}
