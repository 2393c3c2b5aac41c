using System.Globalization;

namespace NexusCart.Sidecar.Hosting.Run;

/// <summary>The table that is printed once, when everything is up.</summary>
internal sealed class RunSummary(IReadOnlyList<RunningApp> apps, TimeSpan elapsed)
{
    private const string GatewayPortVariable = "PUBLIC_HTTP_PORT";

    /// <summary>Its lines.</summary>
    public IEnumerable<string> Lines()
    {
        var width = Math.Max("app".Length, apps.Max(app => app.Run.Instance.Length));
        yield return "";
        yield return string.Create(CultureInfo.InvariantCulture, $"{What()} up after {elapsed.TotalSeconds:0.0} s");
        yield return $"  {"app".PadRight(width)}  {"port",6}  {"dapr http",9}  {"dapr grpc",9}  {"process",8}";
        foreach (var app in apps)
        {
            var options = app.Host.Options;
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"  {app.Run.Instance.PadRight(width)}  {options.AppPort,6}  {options.HttpPort,9}  {options.GrpcPort,9}  {app.ProcessId,8}");
        }

        if (PublicPort() is { } port)
            yield return $"  the shop is at http://localhost:{port}";
        yield return "  Ctrl+C stops";
        yield return "";
    }

    private string What() => apps.Count == 1 ? $"{apps[0].Run.Instance} is" : $"all {apps.Count} apps are";

    private string? PublicPort() => apps
        .Select(app => app.Run.Environment.GetValueOrDefault(GatewayPortVariable))
        .FirstOrDefault(port => !string.IsNullOrEmpty(port));
}
