using StreamActors.Protocol.Records;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>The topics that a group's members subscribe to: read out of what consumers tell each other.</summary>
internal sealed class Subscriptions
{
    public static readonly Subscriptions None = new([]);

    // Null where a consumer says something that cannot be read: then any topic may be one of its.
    private readonly HashSet<string>? topics;

    private Subscriptions(HashSet<string>? topics) => this.topics = topics;

    public bool Contains(string topic) => topics is null || topics.Contains(topic);

    public static Subscriptions Of(Group group) => group.Consumer is { } consumers
        ? new Subscriptions(consumers.Members.SelectMany(member => consumers.TopicsOf(member.Metadata)).ToHashSet(StringComparer.Ordinal))
        : Of(group.Members);

    private static Subscriptions Of(ClassicGroup group)
    {
        if (!group.UsesConsumerProtocol || group.Count == 0) return None;
        if (group.Protocol is null) return new Subscriptions(null);
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in group.Members)
        {
            if (EmbeddedProtocol.TryReadSubscription(member.MetadataOf(group.Protocol)) is not { } subscription) return new Subscriptions(null);
            found.UnionWith(subscription.Topics);
        }

        return new Subscriptions(found);
    }
}
