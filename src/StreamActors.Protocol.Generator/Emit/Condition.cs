using StreamActors.Protocol.Generator.Schema;

namespace StreamActors.Protocol.Generator.Emit;

/// <summary>Asks in generated code whether a version is in a range, knowing in which range it is anyway.</summary>
internal static class Condition
{
    public const string Always = "true";
    public const string Never = "false";

    public static string Of(VersionRange? range, VersionRange known)
    {
        if (range is not { } asked || !asked.Overlaps(known)) return Never;
        var from = asked.Lowest > known.Lowest;
        var to = asked.Highest < known.Highest;
        if (!from && !to) return Always;
        if (from && to) return asked.Lowest == asked.Highest ? $"version == {asked.Lowest}" : $"version is >= {asked.Lowest} and <= {asked.Highest}";
        return from ? $"version >= {asked.Lowest}" : $"version <= {asked.Highest}";
    }
}
