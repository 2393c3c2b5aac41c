namespace NexusCart.Tests.Sidecar;
