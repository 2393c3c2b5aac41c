namespace NexusCart.Cli.Generator;

/// <summary>The sixteen departments of the demo shop.</summary>
internal static class Departments
{
    private static readonly Choice Colour =
        new("colour", ["black", "white", "graphite", "silver", "navy", "forest green", "sand", "crimson"], InTitle: true);

    private static readonly Choice Size = new("size", ["XS", "S", "M", "L", "XL", "XXL"], InTitle: true);

    public static IReadOnlyList<Department> All { get; } =
    [
        new("computers/laptops", "LAP", "laptop", 39_900, 289_900,
            ["Norvik", "Altair", "Kestrel Computing", "Oberon"], ["Slate", "Airframe", "Studio", "Fieldbook"],
            [
                new Measure("screen_size", 13, 17, 0.5, "inch", InTitle: true),
                new Choice("memory", ["8 GB", "16 GB", "32 GB", "64 GB"], InTitle: true),
                new Choice("storage", ["256 GB SSD", "512 GB SSD", "1 TB SSD", "2 TB SSD"], InTitle: true),
                new Measure("weight", 0.9, 2.6, 0.1, "kg"), new Flag("touchscreen", 30),
            ],
            ["Quiet under load and ready for a full day away from the desk.", "A keyboard made for long texts, a screen made for long days."]),
        new("computers/monitors", "MON", "monitor", 11_900, 129_900,
            ["Lumora", "Oberon", "Vantage"], ["ClearView", "Wide", "Proof"],
            [
                new Measure("screen_size", 22, 40, 1, "inch", InTitle: true),
                new Choice("resolution", ["1920 x 1080", "2560 x 1440", "3440 x 1440", "3840 x 2160"], InTitle: true),
                new Measure("refresh_rate", 60, 240, 30, "Hz"), new Choice("panel", ["IPS", "VA", "OLED"]), new Flag("height_adjustable", 70),
            ],
            ["Even light from edge to edge and one cable to the laptop.", "Calibrated at the factory, report in the box."]),
        new("computers/keyboards", "KEY", "keyboard", 1_900, 24_900,
            ["Tactil", "Norvik", "Holloway"], ["Compact", "Full", "Split"],
            [
                Colour, new Choice("layout", ["DE", "US", "UK", "FR", "Nordic"], InTitle: true),
                new Choice("switch", ["linear", "tactile", "clicky", "scissor"]), new Flag("wireless", 60), new Flag("backlight", 55),
            ],
            ["Keycaps that keep their print.", "Switches that can be swapped without a soldering iron."]),
        new("computers/storage", "STO", "SSD", 2_900, 49_900,
            ["Granite", "Altair", "Deepwell"], ["Swift", "Vault", "Pocket"],
            [
                new Choice("capacity", ["250 GB", "500 GB", "1 TB", "2 TB", "4 TB", "8 TB"], InTitle: true),
                new Choice("interface", ["SATA", "NVMe PCIe 4.0", "NVMe PCIe 5.0", "USB-C"], InTitle: true),
                new Measure("read_speed", 500, 12_000, 500, "MB/s"), new Measure("warranty", 3, 5, 1, "years"),
            ],
            ["Keeps its speed when it is nearly full.", "Sealed against dust and rated for the backpack."]),
        new("phones/smartphones", "PHO", "smartphone", 14_900, 139_900,
            ["Meridian", "Altair", "Fjord Mobile"], ["One", "Mini", "Max", "Play"],
            [
                Colour, new Choice("storage", ["128 GB", "256 GB", "512 GB"], InTitle: true),
                new Measure("screen_size", 5.4, 6.9, 0.1, "inch"), new Measure("battery", 3_500, 6_000, 250, "mAh"), new Flag("dual_sim", 80),
            ],
            ["Seven years of updates, a battery you can replace.", "A camera that does not need good light."]),
        new("audio/headphones", "HEA", "headphones", 2_900, 44_900,
            ["Aria", "Lumora", "Stillwater"], ["Hush", "Stage", "Move"],
            [
                Colour, new Choice("fit", ["over-ear", "on-ear", "in-ear"], InTitle: true),
                new Measure("battery_life", 8, 60, 4, "h"), new Flag("noise_cancelling", 55), new Flag("wireless", 85),
            ],
            ["Comfortable for a whole flight.", "Every wearing part can be ordered and changed."]),
        new("audio/speakers", "SPK", "speaker", 3_900, 79_900,
            ["Aria", "Stillwater", "Bellwood"], ["Room", "Shelf", "Garden"],
            [
                Colour, new Measure("power", 10, 200, 10, "W", InTitle: true), new Choice("connection", ["Bluetooth", "Wi-Fi", "line-in"]),
                new Choice("protection", ["none", "IPX4", "IP67"]), new Flag("stereo_pair", 50),
            ],
            ["Fills the kitchen without waking the house.", "Sounds the same at low volume."]),
        new("home/coffee", "COF", "coffee maker", 2_900, 119_900,
            ["Bramble & Co", "Caldera", "Fjord Home"], ["Morning", "Barista", "Pour"],
            [
                Colour, new Choice("type", ["filter", "espresso", "pod", "moka"], InTitle: true),
                new Measure("water_tank", 0.6, 2.4, 0.2, "l"), new Measure("pressure", 9, 19, 1, "bar"), new Flag("milk_frother", 45),
            ],
            ["Hot in under a minute, off by itself.", "Comes apart for cleaning without a tool."]),
        new("home/lighting", "LIG", "lamp", 1_500, 34_900,
            ["Lumora", "Fjord Home", "Halden"], ["Desk", "Floor", "Pendant"],
            [
                Colour, new Measure("brightness", 200, 2_000, 100, "lm", InTitle: true), new Measure("colour_temperature", 2_200, 6_500, 100, "K"),
                new Choice("socket", ["E27", "E14", "GU10", "LED built in"]), new Flag("dimmable", 65),
            ],
            ["Light where it is needed, no glare where it is not.", "Steel, textile cable, twenty years of spare bulbs."]),
        new("home/kitchen-knives", "KNI", "kitchen knife", 1_900, 29_900,
            ["Holloway", "Caldera", "Sakamoto"], ["Chef", "Paring", "Bread", "Santoku"],
            [
                new Measure("blade_length", 8, 26, 1, "cm", InTitle: true), new Choice("steel", ["carbon", "stainless", "damascus"], InTitle: true),
                new Choice("handle", ["walnut", "olive", "micarta", "steel"]), new Flag("dishwasher_safe", 20),
            ],
            ["Thin behind the edge and easy to resharpen.", "Balanced at the bolster."]),
        new("sports/running-shoes", "RUN", "running shoes", 5_900, 24_900,
            ["Strider", "Veld", "Ondra"], ["Daily", "Tempo", "Trail"],
            [
                Colour, new Measure("eu_size", 36, 48, 0.5, "EU", InTitle: true), new Measure("drop", 0, 12, 2, "mm"),
                new Measure("weight", 180, 340, 10, "g"), new Flag("waterproof", 25),
            ],
            ["Wide where toes are, snug where the heel is.", "An outsole that survives a thousand kilometres."]),
        new("sports/bicycles", "BIC", "bicycle", 39_900, 549_900,
            ["Ondra", "Halden", "Veld"], ["City", "Gravel", "Tour"],
            [
                Colour, new Choice("frame_size", ["S", "M", "L", "XL"], InTitle: true), new Measure("gears", 7, 24, 1, "gears"),
                new Choice("brake", ["disc", "rim"]), new Measure("weight", 8, 19, 0.5, "kg"), new Flag("electric", 30),
            ],
            ["Threaded for racks and mudguards.", "A frame with a lifetime warranty."]),
        new("clothing/jackets", "JAC", "jacket", 4_900, 49_900,
            ["Nordlys", "Veld", "Bramble & Co"], ["Rain", "Down", "Fleece"],
            [
                Colour, Size, new Choice("fit", ["women", "men", "unisex"], InTitle: true),
                new Measure("water_column", 5_000, 28_000, 1_000, "mm"), new Flag("recycled", 60), new Flag("hood", 75),
            ],
            ["Packs into its own pocket.", "Seams taped, zips that do not catch."]),
        new("clothing/t-shirts", "TSH", "t-shirt", 1_200, 5_900,
            ["Nordlys", "Halden", "Plainfold"], ["Everyday", "Heavy", "Stripe"],
            [
                Colour, Size, new Choice("fit", ["women", "men", "unisex"], InTitle: true),
                new Measure("fabric_weight", 140, 260, 10, "g/m2"), new Choice("material", ["cotton", "organic cotton", "merino"]),
            ],
            ["Keeps its shape after fifty washes.", "Knitted in a tube, no side seams."]),
        new("books/cookery", "BOO", "cookbook", 1_200, 4_900,
            ["Plainfold Press", "Bellwood Books"], ["Weeknight", "Bread", "Garden", "Broth"],
            [
                new Choice("language", ["English", "German", "French", "Spanish"], InTitle: true), new Choice("binding", ["hardcover", "paperback"], InTitle: true),
                new Measure("pages", 96, 480, 16, "pages"), new Measure("edition", 1, 4, 1, "edition", InTitle: true),
            ],
            ["Eighty recipes that work on a small stove.", "Written to be read in the evening and cooked the next day."]),
        new("toys/building-sets", "TOY", "building set", 990, 29_900,
            ["Tumblewood", "Bricolo"], ["Harbour", "Orbit", "Farm", "Castle"],
            [
                new Measure("pieces", 40, 2_400, 20, "pieces", InTitle: true), new Measure("age_from", 3, 14, 1, "years"),
                new Choice("material", ["wood", "plastic", "card"]), new Flag("motor", 15),
            ],
            ["Every set fits every other.", "Instructions without words."]),
    ];
}
