using System.Diagnostics.CodeAnalysis;

namespace StreamActors.Cluster.Configs;

/// <summary>The settings of Apache Kafka 4.3 that brokers, topics, groups and client metrics subscriptions take. Read when first used.</summary>
public static class ConfigCatalog
{
    private const string ListenerPrefix = "listener.name.";

    private static readonly Lazy<ConfigTable> LazyBroker = Lazily("broker");
    private static readonly Lazy<ConfigTable> LazyTopic = Lazily("topic");
    private static readonly Lazy<ConfigTable> LazyGroup = Lazily("group");
    private static readonly Lazy<ConfigTable> LazyClientMetrics = Lazily("client-metrics");

    public static ConfigTable Broker => LazyBroker.Value;

    public static ConfigTable Topic => LazyTopic.Value;

    public static ConfigTable Group => LazyGroup.Value;

    public static ConfigTable ClientMetrics => LazyClientMetrics.Value;

    /// <summary>
    /// A broker setting by its name, also behind <c>listener.name.LISTENER.</c> and <c>listener.name.LISTENER.MECHANISM.</c>, which give it
    /// for one listener, or one SASL mechanism of it, only.
    /// </summary>
    public static bool TryGetBroker(string name, [NotNullWhen(true)] out ConfigDefinition? definition)
    {
        if (Broker.TryGet(name, out definition))
            return true;
        if (!name.StartsWith(ListenerPrefix, StringComparison.Ordinal))
            return false;
        var rest = name.AsSpan(ListenerPrefix.Length);
        for (var level = 0; level < 2 && rest.IndexOf('.') is > 0 and var dot; level++)
        {
            rest = rest[(dot + 1)..];
            if (Broker.TryGet(rest.ToString(), out definition))
                return true;
        }

        return false;
    }

    private static Lazy<ConfigTable> Lazily(string name) => new(() => ConfigTableReader.Read($"StreamActors.Cluster.Configs.Tables.{name}.txt"));
}
