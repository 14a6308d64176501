using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace StreamActors.Protocol;

/// <summary>The table of all APIs that have a schema.</summary>
public static partial class ApiKeys
{
    /// <summary>All APIs by number.</summary>
    public static ImmutableArray<ApiInfo> All { get; } = ImmutableCollectionsMarshal.AsImmutableArray(Table());

    private static readonly ApiInfo?[] ByKey = Index();

    /// <summary>What is known of <paramref name="key"/>; throws where there is no such API.</summary>
    public static ApiInfo Info(ApiKey key) => Find((short)key) ?? throw new ArgumentOutOfRangeException(nameof(key), key, "There is no such API");

    /// <summary>What is known of the API with this number; null where there is none.</summary>
    public static ApiInfo? Find(short key) => key >= 0 && key < ByKey.Length ? ByKey[key] : null;

    private static ApiInfo?[] Index()
    {
        var index = new ApiInfo?[(int)All[^1].Key + 1];
        foreach (var info in All) index[(int)info.Key] = info;
        return index;
    }
}
