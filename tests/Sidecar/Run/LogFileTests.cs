using System.Collections.Concurrent;
using NexusCart.Sidecar.Hosting.Run;

namespace NexusCart.Tests.Sidecar.Run;

public sealed class LogFileTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Only_the_last_files_of_an_app_are_kept()
    {
        var written = new List<string>();
        for (var second = 0; second < 8; second++)
        {
            using var log = LogFile.Open(_folder.Path, "shop", "app", Start.AddSeconds(second));
            log.Write($"start {second}");
            written.Add(log.Path);
        }

        Assert.Equal(written[^5..], Logs("shop_app_*").Order(StringComparer.Ordinal));
        Assert.Equal("start 7", File.ReadAllText(written[^1]).TrimEnd());
    }

    [Fact]
    public void Files_of_other_apps_and_kinds_stay()
    {
        string[] others = ["shop_daprd", "shop#2_app", "shop_app_app", "shops_app"];
        foreach (var other in others)
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(_folder.File(Path.Combine(".dapr", "logs"))).FullName, $"{other}_20200101000000.log"), "old");

        for (var second = 0; second < 7; second++)
            LogFile.Open(_folder.Path, "shop", "app", Start.AddSeconds(second)).Dispose();

        foreach (var other in others)
            Assert.Single(Logs($"{other}_2020*"));
        Assert.Equal(5, Logs("shop_app_2026*").Length);
    }

    [Fact]
    public async Task Lines_of_any_length_arrive_whole_and_what_follows_them_too()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the app is a shell script");
        const int Length = 200_000;
        var lines = new ConcurrentQueue<string>();
        using var file = LogFile.Open(_folder.Path, "long", "app", Start);
        using var log = new LineLog(file, lines.Enqueue, "== APP - long == ");

        using var app = AppProcess.Start(
            ["/bin/sh", "-c", $"head -c {Length} /dev/zero | tr '\\0' x; echo; echo after"], _folder.Path, [], log.Write);
        Assert.Equal(0, await app.Exited.WaitAsync(TimeSpan.FromSeconds(60)));

        Assert.Equal([new string('x', Length), "after"], lines);
        log.Dispose();
        Assert.Equal(["== APP - long == " + new string('x', Length), "== APP - long == after"], await File.ReadAllLinesAsync(file.Path));
    }

    public void Dispose() => _folder.Dispose();

    private string[] Logs(string pattern) => Directory.GetFiles(_folder.File(Path.Combine(".dapr", "logs")), pattern);
}
