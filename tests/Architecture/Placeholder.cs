namespace NexusCart.Tests.Architecture;
