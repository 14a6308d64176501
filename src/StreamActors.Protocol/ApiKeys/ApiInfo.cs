namespace StreamActors.Protocol;

/// <summary>On which kind of listener an API is offered.</summary>
[Flags]
public enum Listeners
{
    None = 0,
    Broker = 1,
    Controller = 2,
}

/// <summary>What is known of an API from its schema.</summary>
/// <param name="LatestStable">The highest version that clients are offered; above it are those that may still change.</param>
/// <param name="FlexibleSince">The first version with tagged fields, hence with the newer headers.</param>
public sealed record ApiInfo(
    ApiKey Key, string Name, short LowestVersion, short LatestStable, short HighestVersion, short FlexibleSince, Listeners Listeners)
{
    public bool Supports(short version) => version >= LowestVersion && version <= HighestVersion;

    public short RequestHeaderVersion(short version) => (short)(version >= FlexibleSince ? 2 : 1);

    /// <summary>A client reads the answer to ApiVersions before it knows which headers the broker has, so that one never changes.</summary>
    public short ResponseHeaderVersion(short version) => (short)(version >= FlexibleSince && Key != ApiKey.ApiVersions ? 1 : 0);
}
