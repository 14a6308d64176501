using System.Collections.Immutable;

namespace StreamActors.Broker.Coordinators.Groups.Consumer;

/// <summary>Which changes between the classic and the consumer protocol a group may make while it runs.</summary>
[Flags]
internal enum MigrationPolicy
{
    Disabled = 0,
    Upgrade = 1,
    Downgrade = 2,
    Bidirectional = Upgrade | Downgrade,
}

/// <summary>The broker's settings for consumer groups of the new protocol, under Kafka's names and with its defaults; what a single group may have otherwise is in <see cref="GroupConfig"/>.</summary>
public sealed record ConsumerGroupSettings
{
    /// <summary><c>group.consumer.max.size</c></summary>
    public int MaxSize { get; init; } = int.MaxValue;

    /// <summary><c>group.consumer.assignors</c>: those that members may choose; the first where they do not.</summary>
    public ImmutableArray<string> Assignors { get; init; } = ["uniform", "range"];

    /// <summary><c>group.consumer.migration.policy</c></summary>
    internal MigrationPolicy Migration { get; init; } = MigrationPolicy.Bidirectional;

    /// <summary>From a broker's settings by name; those that are not there have their default.</summary>
    public static ConsumerGroupSettings Of(IReadOnlyDictionary<string, string> configs)
    {
        var defaults = new ConsumerGroupSettings();
        return new ConsumerGroupSettings
        {
            MaxSize = Int("group.consumer.max.size", defaults.MaxSize),
            Assignors = configs.TryGetValue("group.consumer.assignors", out var names)
                ? [.. names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)]
                : defaults.Assignors,
            Migration = configs.TryGetValue("group.consumer.migration.policy", out var policy) && Enum.TryParse<MigrationPolicy>(policy, ignoreCase: true, out var known)
                ? known
                : defaults.Migration,
        };

        int Int(string name, int value) => configs.TryGetValue(name, out var text) ? int.Parse(text) : value;
    }
}
