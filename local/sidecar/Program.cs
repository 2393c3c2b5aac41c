return await NexusCart.Sidecar.Hosting.CommandLine.RunAsync(args);
