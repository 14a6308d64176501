using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace StreamActors.Protocol;

/// <summary>The table of all APIs that have a schema: Kafka's, and behind them our own.</summary>
public static partial class ApiKeys
{
    /// <summary>Numbers from here on are APIs of our own. Kafka's are below a hundred; clients pass over numbers that they do not know.</summary>
    public const short FirstOwn = 20_000;

    /// <summary>All APIs by number.</summary>
    public static ImmutableArray<ApiInfo> All { get; } = ImmutableCollectionsMarshal.AsImmutableArray(Table());

    private static readonly ApiInfo?[] Kafkas = Index(0, FirstOwn);
    private static readonly ApiInfo?[] Own = Index(FirstOwn, short.MaxValue);

    /// <summary>What is known of <paramref name="key"/>; throws where there is no such API.</summary>
    public static ApiInfo Info(ApiKey key) => Find((short)key) ?? throw new ArgumentOutOfRangeException(nameof(key), key, "There is no such API");

    /// <summary>What is known of the API with this number; null where there is none.</summary>
    public static ApiInfo? Find(short key)
    {
        var (index, at) = key < FirstOwn ? (Kafkas, key) : (Own, key - FirstOwn);
        return (uint)at < (uint)index.Length ? index[at] : null;
    }

    private static ApiInfo?[] Index(short from, short below)
    {
        var its = All.Where(info => (short)info.Key >= from && (short)info.Key < below).ToArray();
        var index = new ApiInfo?[(short)its[^1].Key - from + 1];
        foreach (var info in its) index[(short)info.Key - from] = info;
        return index;
    }
}
