namespace StreamActors.Configuration.Hocon;

/// <summary>Bounds, far above what configuration needs, so that no input can exhaust stack or memory.</summary>
internal static class HoconLimits
{
    /// <summary>Objects and arrays within each other, path elements included.</summary>
    public const int Depth = 200;

    /// <summary>Substitutions that lead to substitutions.</summary>
    public const int Chain = 400;

    public const int IncludeDepth = 32;

    public const int FileBytes = 16 << 20;

    /// <summary>Nodes looked at while substitutions are resolved.</summary>
    public const int Steps = 200_000;

    /// <summary>Characters that concatenations produce, all together.</summary>
    public const int ConcatenatedCharacters = 16 << 20;
}
