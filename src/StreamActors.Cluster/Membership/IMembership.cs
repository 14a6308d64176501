using Akka.Actor;
using StreamActors.Protocol;

namespace StreamActors.Cluster.Membership;

/// <summary>Which brokers are in the cluster now, and who of them is heard. Akka.Cluster, or simulated.</summary>
public interface IMembership
{
    /// <summary>
    /// Tells <paramref name="subscriber"/> a <see cref="BrokerReachability"/> for each broker now, and then for each change.
    /// </summary>
    void Subscribe(IActorRef subscriber);

    /// <summary>How many other brokers are members now.</summary>
    int OtherBrokers { get; }
}

/// <summary>A broker is heard, or is not (silent for a while, or gone).</summary>
public sealed record BrokerReachability(BrokerId Broker, bool Reachable) : Serialization.ILocalMessage;

/// <summary>The roles that a node's membership carries.</summary>
public static class NodeRoles
{
    public const string Broker = "broker";
    public const string Controller = "controller";

    private const string BrokerPrefix = "broker-";

    public static string Of(BrokerId broker) => $"{BrokerPrefix}{broker}";

    public static string OfRack(string rack) => $"rack-{rack}";

    /// <summary>The broker that a member is, from its roles; none for a member that is no broker.</summary>
    public static BrokerId BrokerOf(IEnumerable<string> roles)
    {
        foreach (var role in roles)
        {
            if (role.StartsWith(BrokerPrefix, StringComparison.Ordinal) && int.TryParse(role.AsSpan(BrokerPrefix.Length), out var id)) return new BrokerId(id);
        }

        return BrokerId.None;
    }
}
