namespace StreamActors.Fuzz;

/// <summary>Something that has to take any bytes. It throws only when it found a bug.</summary>
internal interface IFuzzTarget
{
    /// <summary>Makes one input from <paramref name="random"/> and tries it.</summary>
    /// <returns>Whether the input was accepted; refused is as good, but a run in which nothing is accepted tests little.</returns>
    bool Try(Random random);
}
