using Akka.Configuration;
using StreamActors.Cluster.Hosting;

namespace StreamActors.Cluster.Tests.Hosting;

public class RemoteSecurityTests
{
    private const string MutualTls = "enable-ssl = on, ssl { require-mutual-authentication = on, suppress-validation = off }";

    [Theory]
    [InlineData("hostname = \"127.0.0.1\"", true)]
    [InlineData("hostname = localhost", true)]
    [InlineData("hostname = \"::1\"", true)]
    [InlineData("hostname = \"0.0.0.0\"", false)]
    [InlineData("hostname = \"127.0.0.1\", bind-hostname = \"0.0.0.0\"", false)]
    [InlineData("hostname = \"192.0.2.7\"", false)]
    [InlineData("hostname = \"192.0.2.7\", enable-ssl = on, ssl { require-mutual-authentication = off, suppress-validation = off }", false)]
    [InlineData("hostname = \"192.0.2.7\", enable-ssl = on, ssl { require-mutual-authentication = on, suppress-validation = on }", false)]
    [InlineData("hostname = \"192.0.2.7\", " + MutualTls, true)]
    public void Beyond_loopback_mutual_tls_is_demanded(string tcp, bool allowed)
    {
        var config = AkkaDefaults.Complete($"akka.remote.dot-netty.tcp {{ {tcp} }}\n").WithFallback(ConfigurationFactory.ParseString(AkkaDefaults.Text));
        Assert.Equal(allowed, RemoteSecurity.Fault(config) is null);
    }
}
