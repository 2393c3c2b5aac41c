namespace NexusCart.Sidecar.Hosting;

/// <summary>The commands of the program.</summary>
internal static class CommandLine
{
    public static Task<int> RunAsync(string[] args)
    {
        Console.Error.WriteLine("usage: nexuscart-sidecar run -f dapr.yaml");
        return Task.FromResult(args.Length == 0 ? 1 : 2);
    }
}
