using System.Net;
using Akka.Configuration;

namespace StreamActors.Cluster.Hosting;

/// <summary>
/// Akka.Remote trusts whoever reaches its port. So it listens on loopback, and beyond loopback only with mutual TLS.
/// </summary>
public static class RemoteSecurity
{
    private const string Tcp = "akka.remote.dot-netty.tcp";

    /// <summary>What is wrong with the remote settings; null for nothing.</summary>
    public static string? Fault(Config config)
    {
        var host = config.GetString($"{Tcp}.hostname");
        var bind = config.GetString($"{Tcp}.bind-hostname");
        if (IsLoopback(host) && (string.IsNullOrEmpty(bind) || IsLoopback(bind))) return null;
        if (config.GetBoolean($"{Tcp}.enable-ssl") && !config.GetBoolean($"{Tcp}.ssl.suppress-validation") && config.GetBoolean($"{Tcp}.ssl.require-mutual-authentication"))
            return null;
        return $"{Tcp}.hostname = {host} is beyond loopback: that demands mutual TLS ({Tcp}.enable-ssl = on, ssl.require-mutual-authentication = on, "
            + "ssl.suppress-validation = off, and a certificate under ssl.certificate).";
    }

    private static bool IsLoopback(string? host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
