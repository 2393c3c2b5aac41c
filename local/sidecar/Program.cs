using System.CommandLine;
using NexusCart.Sidecar.Hosting.Commands;

return await new RootCommand("A Dapr-compatible runtime for development and tests.")
{
    RunCommand.Create(),
    SidecarCommand.Create(),
}.Parse(SidecarCommand.NormaliseFlags(args)).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
