namespace NexusCart.Tests.Chaos;
