using Akka.Cluster.Sharding;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;

namespace StreamActors.Cluster.Hosting;

/// <summary>Akka's settings for a node, <c>hocon/akka.conf</c>, above the defaults of the Akka modules that are used.</summary>
public static class AkkaDefaults
{
    /// <summary>The text of <c>akka.conf</c>.</summary>
    public static string Text
    {
        get
        {
            using var stream = typeof(AkkaDefaults).Assembly.GetManifestResourceStream("akka.conf")!;
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
    }

    /// <summary>The whole of a node's Akka configuration: what <paramref name="rendered"/> says, above the modules' own defaults.</summary>
    public static Config Complete(string rendered) => ConfigurationFactory.ParseString(rendered)
        .WithFallback(ClusterSharding.DefaultConfig())
        .WithFallback(ClusterSingleton.DefaultConfig())
        .WithFallback(Akka.DistributedData.DistributedData.DefaultConfig())
        .WithFallback(ConfigurationFactory.Default());
}
