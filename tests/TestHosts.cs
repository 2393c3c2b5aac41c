using System.Runtime.CompilerServices;

namespace NexusCart.Tests;

/// <summary>Settings of every web host that a test program makes or starts; compiled into every test project.</summary>
internal static class TestHosts
{
    /// <summary>
    /// Watching settings files takes an inotify instance a host, of which Linux grants a user 128: many hosts side by side run out of them.
    /// </summary>
    [ModuleInitializer]
    internal static void DoNotWatchSettingsFiles() => Environment.SetEnvironmentVariable("DOTNET_hostBuilder__reloadConfigOnChange", "false");
}
