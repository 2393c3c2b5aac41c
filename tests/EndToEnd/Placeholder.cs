namespace NexusCart.Tests.EndToEnd;
