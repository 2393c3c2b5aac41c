using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace NexusCart.Sidecar.Hosting;

/// <summary>
/// Chooses TCP ports that are free on both loopback addresses and lie outside the range from which the kernel takes ports for
/// outgoing connections: one of those may be gone between choice and use.
/// </summary>
public static class FreePorts
{
    private const int Lowest = 20000;
    private const int Highest = 31400;
    private const string LinuxRangeFile = "/proc/sys/net/ipv4/ip_local_port_range";

    private static readonly HashSet<int> Given = [];
    private static int _next = Lowest + Random.Shared.Next(Highest - Lowest);

    /// <summary>A port that nobody listens on and that this process has not been given before.</summary>
    /// <exception cref="IOException">No port is left.</exception>
    public static int Next()
    {
        var (from, to) = EphemeralRange();
        lock (Given)
        {
            for (var tries = Lowest; tries <= Highest; tries++)
            {
                _next = _next >= Highest ? Lowest : _next + 1;
                if ((_next < from || _next > to) && !Given.Contains(_next) && IsFree(_next))
                {
                    Given.Add(_next);
                    return _next;
                }
            }
        }

        throw new IOException($"no free TCP port between {Lowest} and {Highest}");
    }

    /// <summary>Keeps <see cref="Next"/> from giving ports away that somebody named and will listen on later.</summary>
    public static void Reserve(IEnumerable<int> ports)
    {
        lock (Given)
            Given.UnionWith(ports);
    }

    /// <summary>Whether nobody listens on the port on either loopback address.</summary>
    public static bool IsFree(int port) =>
        CanBind(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || CanBind(IPAddress.IPv6Loopback, port));

    private static bool CanBind(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // As Kestrel binds: without this a port counts as taken for a minute after its server closed connections.
            if (!OperatingSystem.IsWindows())
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(1);
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            return true; // The machine has no such address, so nobody can hold the port on it.
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static (int From, int To) EphemeralRange()
    {
        if (!File.Exists(LinuxRangeFile))
            return (49152, 65535); // IANA's dynamic range, which Windows and macOS use.
        var parts = File.ReadAllText(LinuxRangeFile).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return (int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture));
    }
}
