using NexusCart.Sandbox;

await using var sandbox = SandboxHost.Build(args);
await sandbox.RunAsync();
