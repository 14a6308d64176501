namespace StreamActors.Configuration.Hocon;

/// <summary>Where a value was written. Lines and columns count from 1; line 0 says that the source has no lines (an environment variable).</summary>
public readonly record struct HoconOrigin(string Source, int Line, int Column)
{
    public static HoconOrigin Of(string source) => new(source, 0, 0);

    public override string ToString() => Line == 0 ? Source : $"{Source}:{Line}:{Column}";
}

/// <summary>Text that is not HOCON, or a value that is not what it should be. The message begins with the place.</summary>
public sealed class HoconException(HoconOrigin origin, string problem, Exception? cause = null) : Exception($"{origin}: {problem}", cause)
{
    public HoconOrigin Origin { get; } = origin;

    /// <summary>The message without the place.</summary>
    public string Problem { get; } = problem;
}
