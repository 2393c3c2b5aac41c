using System.Globalization;
using System.Net.NetworkInformation;
using System.Text.RegularExpressions;
using YamlDotNet.Serialization;

namespace NexusCart.Tests.Harness;

/// <summary>
/// The repository's run file moved to ports of its own: every port of every app, in whatever key or address it stands, plus one offset,
/// and programs in the configuration this assembly was built in. The rest stays as it is, so the tests run what a newcomer runs.
/// </summary>
internal sealed partial class ShopRunFile : IDisposable
{
    // The moved ports lie below the range that FreePorts gives to other tests and to sidecars that name none (20000 to 31400), and below
    // the kernel's usual range of ephemeral ports (32768): nobody takes one between choice and use.
    private const int FirstOffset = 6_000;
    private const int LastOffset = 11_900;
    private const int OffsetStep = 25;

    // From the ports of orders to those of its first further cell, behind the ports of all other apps.
    private const int FirstCellPort = 7;

    // From the ports of an app to those of its second instance, which no other app has.
    private const int ReplicaStep = 15;

    // Fills an empty shop with thousands of products; the tests bring their own few.
    private const string SeederAppId = "seed";

    private readonly Dictionary<object, object> _document;
    private readonly List<FileStream> _claims;

    private ShopRunFile(Dictionary<object, object> document, List<FileStream> claims)
    {
        _document = document;
        _claims = claims;
    }

    /// <summary>App ids in file order.</summary>
    public IReadOnlyList<string> AppIds => [.. Apps(_document).Select(app => (string)app["appID"])];

    /// <summary>The instances of the shop's own services; only they say on a port of their own when they are ready.</summary>
    public IReadOnlyList<(string AppId, int ManagementPort)> Services =>
        [.. Apps(_document).Where(app => ((string)app["appDirPath"]).Contains("/services/", StringComparison.Ordinal))
            .Select(app => ((string)app["appID"], Port(app, "MANAGEMENT_PORT")))];

    /// <summary>Reads the run file and moves it to free ports.</summary>
    /// <param name="path">The file.</param>
    /// <param name="twice">Apps that run in two instances.</param>
    /// <param name="cells">Cells of orders besides the founding one, each a program more: "1", "2", …</param>
    public static ShopRunFile Load(string path, IEnumerable<string> twice, IReadOnlyList<string> cells)
    {
        var root = Path.GetDirectoryName(path)!;
        var document = new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(File.ReadAllText(path));
        var apps = (List<object>)document["apps"];
        apps.RemoveAll(app => (string)((Dictionary<object, object>)app)["appID"] == SeederAppId);
        AddCells(document, cells);
        foreach (var appId in twice)
            apps.Add(SecondOf(Apps(document).Single(app => (string)app["appID"] == appId)));
        foreach (var app in Apps(document))
        {
            app["appDirPath"] = Path.GetFullPath((string)app["appDirPath"], root);
            app["command"] = ((List<object>)app["command"]).ConvertAll(AsBuilt);
        }

        foreach (var key in (string[])["resourcesPath", "embeddedResourcesPath"])
            ((Dictionary<object, object>)document["common"]).Remove(key);

        var used = new HashSet<int>();
        Shift(document, 0, used);
        var (offset, claims) = ClaimFreeOffset(used);
        Shift(document, offset, []);
        return new ShopRunFile(document, claims);
    }

    /// <summary>Gives the ports back.</summary>
    public void Dispose() => _claims.ForEach(claim => claim.Dispose());

    /// <summary>Sets an environment variable of one app.</summary>
    public void SetEnvironment(string appId, string name, string value)
    {
        var app = App(appId);
        if (!app.TryGetValue("env", out var env))
            app["env"] = env = new Dictionary<object, object>();
        ((Dictionary<object, object>)env)[name] = value;
    }

    /// <summary>A port of an app, by its key in the file or in the app's environment; of the first instance.</summary>
    public int Port(string appId, string key) => Port(App(appId), key);

    /// <summary>A port of each instance of an app.</summary>
    public IReadOnlyList<int> Ports(string appId, string key) =>
        [.. Apps(_document).Where(app => (string)app["appID"] == appId).Select(app => Port(app, key))];

    /// <summary>Writes the moved file.</summary>
    public void Save(string path) => File.WriteAllText(path, new SerializerBuilder().Build().Serialize(_document));

    private Dictionary<object, object> App(string appId) => Apps(_document).First(app => (string)app["appID"] == appId);

    private static int Port(Dictionary<object, object> app, string key)
    {
        if (!app.TryGetValue(key, out var port))
            port = ((Dictionary<object, object>)app["env"])[key];
        return int.Parse((string)port, CultureInfo.InvariantCulture);
    }

    private static Dictionary<object, object> SecondOf(Dictionary<object, object> app)
    {
        var second = app.ToDictionary(entry => entry.Key, entry => entry.Value is Dictionary<object, object> inner ? new Dictionary<object, object>(inner) : entry.Value);
        Shift(second, ReplicaStep, []);
        return second;
    }

    // A newcomer's file names what `dotnet build` makes; a bench in Release wants programs in Release.
    private static object AsBuilt(object word) =>
        ((string)word).Replace("bin/Debug/", $"bin/{RepoPaths.Configuration}/", StringComparison.Ordinal);

    private static IEnumerable<Dictionary<object, object>> Apps(Dictionary<object, object> document) =>
        ((List<object>)document["apps"]).Cast<Dictionary<object, object>>();

    /// <summary>As components/README.md says it: the same program once more for each cell, with its own store and ports.</summary>
    private static void AddCells(Dictionary<object, object> document, IReadOnlyList<string> cells)
    {
        if (cells.Count == 0)
            return;
        var apps = Apps(document).ToDictionary(app => (string)app["appID"]);
        var orders = apps["orders"];
        Environment(orders)["Orders__InCells"] = "true";
        Environment(apps["gateway"])["ORDERS_CELLS"] = string.Join(',', cells);
        foreach (var (number, cell) in cells.Index())
        {
            var copy = new Dictionary<object, object>(orders) { ["appID"] = $"orders-{cell}" };
            foreach (var key in (string[])["appPort", "daprHTTPPort", "daprGRPCPort"])
                copy[key] = Further(orders[key], number);
            copy["env"] = new Dictionary<object, object>(Environment(orders))
            {
                ["MANAGEMENT_PORT"] = Further(Environment(orders)["MANAGEMENT_PORT"], number), ["Orders__Cell"] = cell, ["STATE_STORE"] = $"statestore-orders-{cell}",
            };
            ((List<object>)document["apps"]).Add(copy);
        }

        static string Further(object port, int number) =>
            (int.Parse((string)port, CultureInfo.InvariantCulture) + FirstCellPort + number).ToString(CultureInfo.InvariantCulture);
    }

    private static Dictionary<object, object> Environment(Dictionary<object, object> app) => (Dictionary<object, object>)app["env"];

    private static void Shift(Dictionary<object, object> map, int offset, HashSet<int> seen)
    {
        foreach (var (key, value) in map.ToList())
        {
            switch (value)
            {
                case Dictionary<object, object> inner:
                    Shift(inner, offset, seen);
                    break;
                case List<object> list:
                    foreach (var item in list.OfType<Dictionary<object, object>>())
                        Shift(item, offset, seen);
                    break;
                case string text when ((string)key).EndsWith("port", StringComparison.OrdinalIgnoreCase) && int.TryParse(text, CultureInfo.InvariantCulture, out var port):
                    seen.Add(port);
                    map[key] = (port + offset).ToString(CultureInfo.InvariantCulture);
                    break;
                case string text:
                    map[key] = LocalAddress().Replace(text, match => match.Groups["host"].Value + ":" + (int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture) + offset));
                    break;
            }
        }
    }

    // A shop that restarts leaves its ports for a moment; the claims keep other test runs on this machine from moving in meanwhile.
    private static (int Offset, List<FileStream> Claims) ClaimFreeOffset(HashSet<int> ports)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "nexuscart-test-ports")).FullName;
        var busy = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port).ToHashSet();
        var candidates = Enumerable.Range(0, (LastOffset - FirstOffset) / OffsetStep)
            .Select(step => FirstOffset + (step * OffsetStep))
            .OrderBy(_ => Random.Shared.Next());
        foreach (var offset in candidates)
        {
            if (!ports.Any(port => busy.Contains(port + offset)) && TryClaim(folder, ports.Select(port => port + offset)) is { } claims)
                return (offset, claims);
        }

        throw new InvalidOperationException("No free ports for a shop.");
    }

    private static List<FileStream>? TryClaim(string folder, IEnumerable<int> ports)
    {
        var claims = new List<FileStream>();
        try
        {
            foreach (var port in ports)
                claims.Add(new FileStream(Path.Combine(folder, $"{port}"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None));
            return claims;
        }
        catch (IOException)
        {
            claims.ForEach(claim => claim.Dispose());
            return null;
        }
    }

    [GeneratedRegex(@"(?<host>localhost|127\.0\.0\.1):(?<port>\d+)")]
    private static partial Regex LocalAddress();
}
