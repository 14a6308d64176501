using System.Text;
using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Workload;

/// <summary>
/// What a record holds: its name, and as many bytes as its name demands, so that a torn or mixed-up one gives itself away.
/// Lengths are spread so that records begin and end anywhere in a disk's sectors.
/// </summary>
internal static class Payload
{
    private const int MaxFiller = 1500;

    public static byte[] Of(string name)
    {
        var random = WorldRandom.Stream(0, name);
        var filler = new byte[random.Next(MaxFiller)];
        for (var i = 0; i < filler.Length; i++) filler[i] = (byte)('a' + random.Next(26));
        return [.. Encoding.ASCII.GetBytes(name), (byte)' ', .. filler];
    }

    /// <summary>The name; null where the bytes are not those of any record.</summary>
    public static string? NameOf(ReadOnlySpan<byte> payload)
    {
        var end = payload.IndexOf((byte)' ');
        if (end < 0) return null;
        var name = Encoding.ASCII.GetString(payload[..end]);
        return payload.SequenceEqual(Of(name)) ? name : null;
    }
}
