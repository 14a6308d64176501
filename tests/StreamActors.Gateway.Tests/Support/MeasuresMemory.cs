namespace StreamActors.Gateway.Tests.Support;

/// <summary>Tests that measure what the whole process allocates: they run alone, after those that run side by side.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuresMemory
{
    public const string Name = "measures memory";
}
