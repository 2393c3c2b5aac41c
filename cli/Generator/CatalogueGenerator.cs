using System.Globalization;
using NexusCart.Catalog.V1;
using NexusCart.Cli.Catalogue;
using NexusCart.Common.V1;

namespace NexusCart.Cli.Generator;

/// <summary>Makes the demo catalogue: the same count and seed give the same products, in the same order, everywhere.</summary>
public static class CatalogueGenerator
{
    /// <summary>How many products the embedded shop is seeded with.</summary>
    public const int DefaultCount = 5_200;

    /// <summary>The seed of the embedded shop's catalogue.</summary>
    public const ulong DefaultSeed = 20_260_101;

    /// <summary>Category paths the catalogue has.</summary>
    public static IReadOnlyList<string> Categories { get; } = [.. Departments.All.Select(department => department.Category)];

    /// <summary>The first <paramref name="count"/> products, spread evenly over the departments.</summary>
    /// <param name="count">1 to 1,000,000.</param>
    /// <param name="seed">Any number; another seed is another catalogue.</param>
    public static IEnumerable<ProductRecord> Generate(int count = DefaultCount, ulong seed = DefaultSeed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 1_000_000);
        for (var index = 0; index < count; index++)
        {
            // Each product draws from its own sequence, so a longer catalogue begins with the shorter one.
            var random = new Random64(seed + (ulong)index * 0xD1342543DE82EF95);
            var department = Departments.All[index % Departments.All.Count];
            yield return new ProductRecord(index + 1, Make(department, index, random), Stock(random));
        }
    }

    private static Product Make(Department department, int index, Random64 random)
    {
        var brand = random.Pick(department.Brands);
        var model = $"{random.Pick(department.Series)} {random.Between(1, 9)}{(random.Chance(35) ? "0" : "00")}";
        var product = new Product
        {
            Sku = $"{department.Code}-{(index / Departments.All.Count) + 1:D6}",
            Brand = brand,
            Category = department.Category,
            Price = new Money { MinorUnits = Price(department, random), Currency = "EUR" },
            Active = true,
        };

        var inTitle = new List<string>();
        foreach (var trait in department.Traits)
            inTitle.AddRange(Apply(trait, product, random));

        product.Title = string.Join(", ", [$"{brand} {model} {department.Noun}", .. inTitle]);
        product.Description = $"{random.Pick(department.Pitch)} {Facts(product)}";
        product.Eans.Add(Ean13(2_000_000_00000 + index));
        return product;
    }

    private static IEnumerable<string> Apply(Trait trait, Product product, Random64 random)
    {
        switch (trait)
        {
            case Choice choice:
                var word = random.Pick(choice.Values);
                product.Attributes[choice.Name] = new AttributeValue { Text = word };
                if (choice.InTitle)
                    yield return word;
                break;
            case Measure measure:
                var steps = (int)Math.Round((measure.Max - measure.Min) / measure.Step);
                var number = Math.Round(measure.Min + (random.Between(0, steps) * measure.Step), 2);
                product.Attributes[measure.Name] = new AttributeValue { Number = number };
                if (measure.InTitle)
                    yield return string.Create(CultureInfo.InvariantCulture, $"{number} {measure.Unit}");
                break;
            case Flag flag:
                product.Attributes[flag.Name] = new AttributeValue { Flag = random.Chance(flag.Percent) };
                break;
        }
    }

    private static string Facts(Product product) =>
        string.Join("; ", product.Attributes
            .OrderBy(attribute => attribute.Key, StringComparer.Ordinal)
            .Where(attribute => attribute.Value.ValueCase != AttributeValue.ValueOneofCase.Flag)
            .Select(attribute => attribute.Value.ValueCase == AttributeValue.ValueOneofCase.Text
                ? $"{Words(attribute.Key)}: {attribute.Value.Text}"
                : string.Create(CultureInfo.InvariantCulture, $"{Words(attribute.Key)}: {attribute.Value.Number}"))) + ".";

    private static string Words(string name) => name.Replace('_', ' ');

    // Cheap things are common and dear ones rare, and prices end in 90 or 99 as in a real shop.
    private static long Price(Department department, Random64 random)
    {
        var share = random.Between(0, 1000) / 1000.0;
        var cents = department.MinPrice + ((department.MaxPrice - department.MinPrice) * Math.Pow(share, 2.2));
        var whole = (long)(cents / 100) * 100;
        return Math.Max(department.MinPrice, whole - (random.Chance(60) ? 1 : 10));
    }

    private static int Stock(Random64 random) => random.Between(1, 100) switch
    {
        <= 2 => 0,
        <= 8 => random.Between(1, 5),
        <= 80 => random.Between(20, 200),
        _ => random.Between(200, 2_000),
    };

    /// <summary>Adds the check digit of GS1 General Specifications section 7.9 to twelve digits.</summary>
    private static string Ean13(long twelveDigits)
    {
        var digits = twelveDigits.ToString("D12", CultureInfo.InvariantCulture);
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
            sum += (digits[i] - '0') * (i % 2 == 0 ? 1 : 3);
        return digits + ((10 - (sum % 10)) % 10).ToString(CultureInfo.InvariantCulture);
    }
}
