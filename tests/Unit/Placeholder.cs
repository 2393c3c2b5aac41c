namespace NexusCart.Tests.Unit;
