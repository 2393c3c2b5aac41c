using System.CommandLine;
using System.ComponentModel;
using NexusCart.Sidecar.Hosting.Run;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.Hosting.Commands;

/// <summary><c>sidecar</c>: one sidecar beside a foreign app, with daprd's flags and environment; also starts the app after <c>--</c>.</summary>
internal static class SidecarCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var flags = new SidecarFlags();
        var command = new Command("sidecar", "Run one sidecar, with daprd's flags; a command after -- is started as its app.");
        foreach (var option in flags.All)
            command.Options.Add(option);
        command.Arguments.Add(flags.Command);
        command.SetAction((result, _) => RunAsync(result, flags));
        return command;
    }

    /// <summary>daprd takes long flags with a single dash too; the parser does not.</summary>
    public static string[] NormaliseFlags(string[] args)
    {
        if (args is not ["sidecar", ..])
            return args;
        var end = Array.IndexOf(args, "--");
        return [.. args.Select((argument, index) =>
            (end < 0 || index < end) && argument.Length > 2 && argument[0] == '-' && char.IsAsciiLetter(argument[1]) ? "-" + argument : argument)];
    }

    private static async Task<int> RunAsync(ParseResult result, SidecarFlags flags)
    {
        using var console = RunConsole.Standard();
        using var signals = new StopSignals();
        try
        {
            var run = flags.ToRun(result);
            return await new SingleAppRunner(run, flags.DataFolder(result), console, TimeProvider.System).RunAsync(signals.Stop, signals.Kill);
        }
        catch (Exception e) when (e is ResourceException or IOException or Win32Exception)
        {
            console.Error(e.Message);
            return 1;
        }
    }
}
